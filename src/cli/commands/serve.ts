// forewarn serve: the daemon as a process. Signals, the last line of defence against its own faults, and its log.
import { randomInt } from "node:crypto";
import type { Command } from "commander";
import { ForewarnError } from "../../base/index.ts";
import type { Daemon, LogLevel } from "../../daemon/index.ts";
import { addConfigFlags, type ConfigFlags, configOf } from "../config-flags.ts";
import type { Io } from "../io.ts";

/** A stop that takes longer is given up: below the 30 s after which Kubernetes kills. */
const LONGEST_STOP_MS = 25_000;
const EXAMPLES = `
Examples:
  forewarn serve --models models/ --data-dir var/
  forewarn serve --prometheus http://localhost:9090 --models models/
  forewarn serve --config /etc/forewarn/config.yaml
  FOREWARN_SERVER__PORT=9000 forewarn serve

It stops in order on SIGTERM and Ctrl-C, and looks for a newer model on SIGHUP. Without API keys it answers on this
machine only; see forewarn keys. docs/operations.md explains every key of the configuration.
`;

/** Adds `forewarn serve`. */
export function register(program: Command, io: Io): void {
  addConfigFlags(program.command("serve"))
    .description("take rows over HTTP, forecast the fleet on time, warn, and keep the score")
    .option("--models <dir>", "directory of models; the newest one that passes its checks serves")
    .option("--host <address>", "address to listen on")
    .option("--port <n>", "port to listen on; 0 takes a free one")
    .option("--contract <name|file>", "contract of the rows; that of the model without")
    .option("--prometheus <url>", "database that has the rows, what stands before /api/v1; sets store.kind: prometheus")
    .option("--mapping <name|file>", "how its series become rows (default: node)")
    .option("--shard <i/n>", "which of n daemons over one database this is, from 0/n on; store.kind: prometheus")
    .addHelpText("after", EXAMPLES)
    .action((flags: ConfigFlags) => serve(flags, program.version() ?? "", io));
}

async function serve(flags: ConfigFlags, version: string, io: Io): Promise<void> {
  const { lineLog, listenHttp, realWorld, startDaemon } = await import("../../daemon/index.ts");
  const { config } = await configOf(flags);
  const level = (process.env["LOG_LEVEL"] as LogLevel | undefined) ?? config.log.level;
  const log = lineLog(io.stderr, io.now, level, io.isTty);
  const onInternalError = (error: unknown, request: { id: string; method: string; route: string }): void => {
    log("error", "internal error", { ...request, stack: error instanceof Error ? error.stack : String(error) });
  };
  const fail = (error: unknown): void => {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    log("fatal", message, { stack });
    // What is acknowledged is on the disk; a process in an unknown state must not go on.
    process.exit(1);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);

  let daemon: Daemon | null = null;
  const stop = (signal: NodeJS.Signals): void => {
    if (daemon === null || isStopping) process.exit(signal === "SIGINT" ? 130 : 143);
    isStopping = true;
    log("info", "stopping", { signal });
    setTimeout(() => fail(new Error(`stop: Expected to end within ${LONGEST_STOP_MS} ms`)), LONGEST_STOP_MS).unref();
    daemon.stop().then(ended, fail);
  };
  let isStopping = false;
  let ended = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const reload = (): void => {
    daemon?.services.reload().catch((error: unknown) => {
      if (!(error instanceof ForewarnError)) return fail(error);
      log("error", "not reloaded", { code: error.code, message: error.message });
    });
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGHUP", reload);
  try {
    daemon = await startDaemon(
      {
        config,
        version,
        listen: (services) =>
          listenHttp(services, config.server, {
            onInternalError,
            streamsPerKey: config.limits.streamsPerKey,
            promote: config.receive.promote,
          }),
        readConfig: async () => (await configOf(flags)).config,
      },
      realWorld({ log, seed: randomInt(2 ** 31), onFatal: fail }),
    );
    await stopped;
  } finally {
    for (const event of ["SIGTERM", "SIGINT"] as const) process.off(event, stop);
    process.off("SIGHUP", reload);
    for (const event of ["uncaughtException", "unhandledRejection"] as const) process.off(event, fail);
  }
}
