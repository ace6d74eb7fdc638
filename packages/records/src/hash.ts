import canonicalize from "canonicalize";
import type { RunFile } from "@epochmark/schema";

/** SHA-256, in hexadecimal, of the canonical JSON (RFC 8785) of a run file without its `contentHash`. */
export const contentHash = async (file: Omit<RunFile, "contentHash">): Promise<string> => {
  const bytes = new TextEncoder().encode(canonicalize({ ...file, contentHash: undefined }));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};
