import { scriptWords } from "./index.ts";

const { values, positionals, count } = scriptWords({
  name: "example",
  help: "Counts.\n\n  pnpm run example [WORD...]\n",
  options: { times: { type: "string", default: "1" }, check: { type: "boolean" }, "no-words": { type: "boolean" } },
  takesWords: !process.argv.includes("--no-words"),
});
console.log(JSON.stringify({ times: count("times"), check: values.check, words: positionals }));
