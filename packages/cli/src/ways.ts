import { findGpu } from "@epochmark/catalog";
import { type Route, routesFor } from "@epochmark/engines/setup";
import type { GpuIdentity } from "@epochmark/schema";

/** The ways to compute on a card of this machine, the preferred one first. */
export function waysFor({ id, vendor, kind }: Pick<GpuIdentity, "id" | "vendor" | "kind">): Route[] {
  return routesFor({ vendor, kind, computeCapability: findGpu(id)?.computeCapability ?? null });
}

/** One way in words: `webgpu, nothing to set up`. */
export const wayLine = ({ device, command }: Route): string => command ?? `${device}, nothing to set up`;
