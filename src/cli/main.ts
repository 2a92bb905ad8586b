#!/usr/bin/env node
// The binary `forewarn`: signals, broken pipes and the version; everything else is in program.ts, which is imported only
// when it is needed, so that `forewarn --version` answers at once.
import { readFileSync } from "node:fs";
import { processIo } from "./io.ts";

const args = process.argv.slice(2);
const io = processIo(process);
const version = readVersion();

if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  io.stdout(`${version}\n`);
} else {
  if (args.includes("--no-color")) {
    process.env["NO_COLOR"] = "1";
    delete process.env["FORCE_COLOR"];
  }
  process.stdout.on("error", ignoreBrokenPipe);
  process.stderr.on("error", ignoreBrokenPipe);
  process.on("SIGINT", onInterrupt);
  const { run } = await import("./program.ts");
  await run(args, io, version);
  process.off("SIGINT", onInterrupt);
}

/** A reader that stopped reading (`| head`) is no error; what is written later is dropped. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** Ctrl-C ends the process at once, unless the command listens itself to leave something that can be resumed. */
function onInterrupt(): void {
  if (process.listenerCount("SIGINT") > 1) return;
  process.exit(130);
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}
