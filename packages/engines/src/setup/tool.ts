import { spawn } from "node:child_process";
import { SetupError } from "./error.ts";

interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Called every few seconds while the command runs. */
  onWait?: () => void;
}

interface Ended {
  /** Null when the command could not be started or a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

const waitMs = 3000;

/** Runs a command to its end; one that is not there ends with code null. */
export function runCommand([command = "", ...args]: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      // npm is a script for the command line on Windows.
      shell: process.platform === "win32",
      windowsHide: true,
    });
    const ended: Ended = { code: null, stdout: "", stderr: "" };
    const timer = options.onWait && setInterval(options.onWait, waitMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => (ended.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (ended.stderr += text));
    child.on("error", (error) => (ended.stderr += error.message));
    child.on("close", (code) => {
      clearInterval(timer);
      resolve({ ...ended, code });
    });
  });
}

/** The last line that a failed command printed: what it has to say is at the end. */
export const lastLine = ({ stdout, stderr, code }: Ended): string =>
  `${stderr}\n${stdout}`
    .split("\n")
    .map((line) => line.trim())
    .findLast((line) => line !== "" && !line.startsWith("npm error A complete log")) ?? `exit code ${code}`;

const pips = [["python3", "-m", "pip"], ["python", "-m", "pip"], ["pip3"], ["pip"], ["py", "-m", "pip"]] as const;

/** The words that start this machine's pip. @throws {SetupError} where there is none */
export async function findPip(): Promise<readonly string[]> {
  for (const pip of pips) {
    const { code, stdout } = await runCommand([...pip, "--version"]);
    if (code === 0 && stdout.startsWith("pip ")) return pip;
  }
  throw new SetupError(
    "Python's pip is needed and was not found: install it (Debian and Ubuntu: apt install python3-pip) and run this again",
  );
}

/** The C++ compiler: `CXX`, else the usual names. @throws {SetupError} where there is none */
export async function findCompiler(): Promise<string> {
  const named = process.env["CXX"];
  const names = named ? [named] : ["g++", "clang++", "c++"];
  for (const name of names) if ((await runCommand([name, "--version"])).code === 0) return name;
  throw new SetupError(
    named
      ? `the C++ compiler that CXX names (${named}) does not run: name another one or unset CXX`
      : "a C++ compiler is needed and was not found: install one (Debian and Ubuntu: apt install g++; macOS: xcode-select --install) and run this again",
  );
}
