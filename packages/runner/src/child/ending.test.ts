import { expect, test } from "vitest";
import { type Death, endingOf } from "./ending.ts";

const death = (changes: Partial<Death>) =>
  endingOf({ code: 1, signal: null, stage: "window", stderr: "", error: null, ...changes });

test.each([
  "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
  "terminate called after throwing an instance of 'std::bad_alloc'",
  "mmap: Cannot allocate memory",
  "vkAllocateMemory: VK_ERROR_OUT_OF_DEVICE_MEMORY",
  "CUDA failure 2: out of memory",
  "BFCArena: Failed to allocate memory for requested buffer of size 8589934592",
])("%s is running out of memory", (words) => {
  expect(death({ signal: "SIGABRT", code: null, stderr: `${words}\n` }).status).toBe("oom");
  expect(death({ error: { unsupported: false, text: words } }).status).toBe("oom");
});

test("any other end is a failure that names how, where and the last words", () => {
  expect(
    death({ signal: "SIGSEGV", code: null, stderr: "loading\nError: bad node\n    at x (/a/b.ts:1:1)\n" }),
  ).toEqual({
    status: "failed",
    reason: "the process ended by signal SIGSEGV during window: Error: bad node",
  });
  expect(death({ code: 0, stage: "start" })).toEqual({
    status: "failed",
    reason: "the process ended with exit code 0 during start",
  });
});
