// What a command may touch of the process: two streams, the clock, the exit code. Commands take an Io and nothing else,
// so tests run them without a child process.

/** The outside world as a command sees it. */
export interface Io {
  /** Writes data; with `--json` nothing but one JSON document. */
  stdout: (text: string) => void;
  /** Writes messages and progress. */
  stderr: (text: string) => void;
  /** Whether standard error is a terminal, so that progress may rewrite its line. */
  isTty: boolean;
  /** Whether the terminal shows characters beyond ASCII. Output must be readable without them. */
  unicode: boolean;
  /** Epoch milliseconds. */
  now: () => number;
  /** Sets the exit code for when the event loop ends: 3 for "checked and found bad". */
  setExitCode(code: number): void;
}

/** The {@link Io} of a real process. */
export function processIo(target: NodeJS.Process): Io {
  return {
    stdout: (text) => void target.stdout.write(text),
    stderr: (text) => void target.stderr.write(text),
    isTty: target.stderr.isTTY === true && target.env["TERM"] !== "dumb",
    unicode: isUnicodeSupported(target.platform, target.env),
    now: () => Date.now(),
    setExitCode: (code) => {
      target.exitCode = code;
    },
  };
}

/** Whether a terminal shows Unicode; the rules of sindresorhus/is-unicode-supported. */
export function isUnicodeSupported(platform: string, env: Readonly<Record<string, string | undefined>>): boolean {
  if (platform !== "win32") return env["TERM"] !== "linux";
  return (
    Boolean(env["WT_SESSION"] || env["TERMINUS_SUBLIME"]) ||
    env["ConEmuTask"] === "{cmd::Cmder}" ||
    ["Terminus-Sublime", "vscode"].includes(env["TERM_PROGRAM"] ?? "") ||
    ["xterm-256color", "alacritty", "rxvt-unicode", "rxvt-unicode-256color"].includes(env["TERM"] ?? "") ||
    env["TERMINAL_EMULATOR"] === "JetBrains-JediTerm"
  );
}
