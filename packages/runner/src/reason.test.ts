import { homedir } from "node:os";
import { expect, test } from "vitest";
import { lastWords, withoutPaths } from "./reason.ts";

test("absolute paths go, names of source files stay", () => {
  expect(withoutPaths(`EACCES: permission denied, open '${homedir()}/secret folder/x'`)).toBe(
    "EACCES: permission denied, open [path]",
  );
  expect(withoutPaths("at /srv/lab/run/engine.ts:12:3")).toBe("at engine.ts:12:3");
  expect(withoutPaths("file:///srv/lab/run/engine.ts failed")).toBe("engine.ts failed");
  expect(withoutPaths(String.raw`cannot open C:\Users\ann\model.bin now`)).toBe("cannot open [path] now");
  expect(withoutPaths("load /usr/lib/libonnxruntime.so.1 first")).toBe("load libonnxruntime.so.1 first");
});

test("rates, ratios and addresses are no paths", () => {
  const text = "12 img/s of vit/vit-tiny, see https://example.org/a/b, 1 / 2";
  expect(withoutPaths(text)).toBe(text);
});

test("the last words of a crash are its error, not the frames or the version line after it", () => {
  const trace = "warming up\nTypeError: x is not a function\n    at run (/srv/a/b.ts:1:2)\n\nNode.js v24.21.0\n";
  expect(lastWords(trace)).toBe("TypeError: x is not a function");
  expect(lastWords("terminate called after throwing\n  what():  std::bad_alloc\n")).toBe("what():  std::bad_alloc");
  const warned = "Error: bad node\n\u001B[0;93m2026-11-24 [W:onnxruntime:, graph.cc:5607] memory not used.\u001B[m\n";
  expect(lastWords(warned)).toBe("Error: bad node");
  expect(lastWords("\u001B[31mFATAL: lost the device\u001B[0m\nusing the default\n")).toBe("FATAL: lost the device");
  expect(lastWords("\n\n")).toBeNull();
});
