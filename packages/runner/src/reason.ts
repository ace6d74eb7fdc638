import { homedir } from "node:os";
import { stripVTControlCharacters } from "node:util";

const quoted = /(["'`])(?:file:\/\/|\/|[A-Za-z]:[\\/])[^"'`]*\1/g;
// Not after a word, a slash or a dot: "img/s", "https://…" and "./x" are no absolute paths.
const bare = /(?<![\w./-])(?:file:\/\/[^\s"'`(),]*|(?:\/(?!\/)|[A-Za-z]:[\\/])[^\s"'`(),]+)/g;
const sourceFile = /([\w.-]+\.(?:[mc]?[jt]sx?|node|so(?:\.\d+)*|onnx)(?::\d+(?::\d+)?)?):?["'`]?$/;

const short = (path: string): string => sourceFile.exec(path)?.[1] ?? "[path]";

/** The same text with every absolute path gone; of a source file its name stays, which names nobody. */
export function withoutPaths(text: string): string {
  const home = homedir();
  // First the home folder as a whole: its name may hold spaces.
  const safe = home.length > 3 ? text.replaceAll(home, "/~") : text;
  return safe.replace(quoted, short).replace(bare, short).trim();
}

const noise =
  /^(?:\s*at |Node\.js v|\(Use `node|\s*\^|=+$|\s*$|npm |Thrown at:|\(node:\d+\))|TensorFlow\.js|ExperimentalWarning|\[W:onnxruntime/;
const telling = /error|exception|fatal|terminate called|what\(\)|assert|abort|alloc|memory|\bfault\b|panic/i;

/** The line of a process's last words that says most: the last one that names an error, else the last of substance. */
export function lastWords(stderr: string): string | null {
  const lines = stripVTControlCharacters(stderr)
    .split(/\r?\n/)
    .filter((line) => !noise.test(line));
  const line = lines.findLast((each) => telling.test(each)) ?? lines.at(-1);
  return line ? withoutPaths(line).slice(0, 300) : null;
}
