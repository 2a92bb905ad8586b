// A daemon as a process of its own: its log, its memory, its processor time, and a clock that begins where it is told to.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { cpuSecondsOf, memoryOf } from "./process-use.ts";

/** How a daemon is started. */
export interface DaemonProcessOptions {
  /** What node runs: the built program, or its source. */
  program: string;
  models: string;
  dataDir: string;
  /** Time of the daemon's clock at its start, epoch milliseconds. */
  startMs: number;
  /** Further environment. */
  environment: Readonly<Record<string, string>>;
}

/** A line of its log. */
export type LogEntry = Readonly<Record<string, unknown>>;

/** A running daemon. */
export interface DaemonProcess {
  pid: number;
  /** The next line with a message. @throws Error when the daemon ends before. */
  logged(message: string): Promise<LogEntry>;
  /** Its clock, epoch milliseconds. */
  now(): number;
  /** User and system time of all threads so far, seconds. */
  cpuSeconds(): number;
  /** Resident memory now and at most, MB. */
  memory(): { rssMb: number; peakRssMb: number };
  /** Ends it in order. @returns Seconds until it was gone. */
  stop(): Promise<number>;
}

/** Starts `serve` on a free port. Warnings and errors of its log go to stderr. */
export function startDaemonProcess(options: DaemonProcessOptions): DaemonProcess {
  const { program, models, dataDir, startMs, environment } = options;
  const shiftMs = Math.round(startMs - Date.now());
  const clock = `data:text/javascript,const now=Date.now;Date.now=()=>now()+${shiftMs}`;
  const loader = program.endsWith(".ts") ? ["--import", "tsx"] : [];
  const serve = ["serve", "--models", models, "--data-dir", dataDir, "--port", "0"];
  const child = spawn(process.execPath, [...loader, "--import", clock, program, ...serve], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...environment },
  });
  const waiting = new Map<string, { resolve: (entry: LogEntry) => void; reject: (error: Error) => void }[]>();
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  createInterface({ input: child.stderr! }).on("line", (line) => {
    const entry = parse(line);
    if (entry["level"] !== "info" && entry["level"] !== "debug") process.stderr.write(`${line}\n`);
    for (const { resolve } of waiting.get(String(entry["message"])) ?? []) resolve(entry);
    waiting.delete(String(entry["message"]));
  });
  void exited.then(() => {
    for (const { reject } of [...waiting.values()].flat()) reject(new Error("bench: Expected a daemon, but it ended"));
  });
  return {
    pid: child.pid!,
    logged: (message) =>
      new Promise((resolve, reject) => {
        waiting.set(message, [...(waiting.get(message) ?? []), { resolve, reject }]);
      }),
    now: () => Date.now() + shiftMs,
    cpuSeconds: () => cpuSecondsOf(child.pid!),
    memory: () => memoryOf(child.pid!),
    async stop() {
      const beganMs = performance.now();
      child.kill("SIGTERM");
      await exited;
      return (performance.now() - beganMs) / 1000;
    },
  };
}

/** Before the program can log, it may write plain text. */
function parse(line: string): LogEntry {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return { level: "error", message: line };
  }
}
