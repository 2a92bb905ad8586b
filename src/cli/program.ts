// The command line: the table of commands, help that teaches, and the one place where errors become output and exit
// codes. A command's module is imported only when that command is invoked.
import { Command, CommanderError } from "commander";
import { ForewarnError } from "../base/index.ts";
import type { Io } from "./io.ts";
import { reportError } from "./report-error.ts";

/** What a module in `commands/` exports: it adds one command to the program. */
export interface CommandModule {
  register(program: Command, io: Io): void;
}

/** A command as the top-level help shows it. */
export interface CommandEntry {
  name: string;
  summary: string;
  load: () => Promise<CommandModule>;
}

/** Every command, in the order in which a new user meets them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "demo",
    summary: "simulate a small fleet, train, verify, and serve it while things go wrong, in about seven minutes",
    load: () => import("./commands/demo.ts"),
  },
  {
    name: "contract",
    summary: "show, write, check and compare contracts: what a fleet's data must look like",
    load: () => import("./commands/contract.ts"),
  },
  {
    name: "import",
    summary: "turn CSV or Parquet files, or the history of a Prometheus, into a data set under a contract",
    load: () => import("./commands/import.ts"),
  },
  {
    name: "prometheus",
    summary: "look at what a Prometheus has, and propose how to map it",
    load: () => import("./commands/prometheus.ts"),
  },
  {
    name: "simulate",
    summary: "make a synthetic fleet: a data set, CSV, a live feed or a picture",
    load: () => import("./commands/simulate.ts"),
  },
  {
    name: "train",
    summary: "train a Temporal Fusion Transformer on a data set",
    load: () => import("./commands/train.ts"),
  },
  {
    name: "verify",
    summary: "check a model directory and prove that its weights drive its forecasts",
    load: () => import("./commands/verify.ts"),
  },
  {
    name: "models",
    summary: "list the models of a directory, and broken ones with the reason",
    load: () => import("./commands/models.ts"),
  },
  {
    name: "forecast",
    summary: "forecast servers: quantiles and breach probabilities",
    load: () => import("./commands/forecast.ts"),
  },
  {
    name: "backtest",
    summary: "score a model on forecasts of the past, beside every trivial baseline",
    load: () => import("./commands/backtest.ts"),
  },
  {
    name: "benchmark",
    summary: "score the model on public data sets, beside trivial forecasts and published scores",
    load: () => import("./commands/benchmark.ts"),
  },
  {
    name: "serve",
    summary: "run the daemon: take rows over HTTP, forecast on time, warn",
    load: () => import("./commands/serve.ts"),
  },
  {
    name: "push",
    summary: "send the rows of a file or a data set to a daemon",
    load: () => import("./commands/push.ts"),
  },
  {
    name: "keys",
    summary: "make, list and revoke API keys of a daemon",
    load: () => import("./commands/keys.ts"),
  },
  {
    name: "config",
    summary: "check and print the daemon's configuration",
    load: () => import("./commands/config.ts"),
  },
  {
    name: "rules",
    summary: "try alert rules on the forecasts that a daemon has stored",
    load: () => import("./commands/rules.ts"),
  },
];

const EXAMPLES = `
A typical session:
  forewarn simulate --servers 15 --days 7 --out fleet/         # a synthetic fleet, or your own data:
  forewarn import rows.csv --map map.yaml --out fleet/
  forewarn train --data fleet/ --time-budget 5m --out models/  # prints the id of the new model
  forewarn verify models/tft_20261123_101500
  forewarn forecast --model models/tft_20261123_101500 --data fleet/

forewarn COMMAND --help explains a command. Every command that reports takes --json: one JSON document on stdout,
messages on stderr. A duration is written 30s, 5m, 8h, 2d or 1h30m.

Exit codes:
  0    done
  1    failure at run time
  2    usage or configuration
  3    checked and found bad (verify, contract validate, contract diff)
  130  interrupted with Ctrl-C
`;

/**
 * Runs one command line and reports its outcome; never throws.
 * @param args Arguments after the program's name.
 * @param version Version of the package, for `--version`.
 */
export async function run(
  args: readonly string[],
  io: Io,
  version: string,
  commands: readonly CommandEntry[] = COMMANDS,
): Promise<void> {
  try {
    const program = await buildProgram(args, io, version, commands);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const failure = fromCommander(error);
    if (failure === null) return;
    reportError(failure, io, { json: args.includes("--json"), debug: args.includes("--debug") });
  }
}

async function buildProgram(
  args: readonly string[],
  io: Io,
  version: string,
  commands: readonly CommandEntry[],
): Promise<Command> {
  const program = new Command("forewarn")
    .description(
      "Tells the operators of a server fleet what will break before it breaks: learns the fleet's own metrics " +
        "with a Temporal Fusion Transformer and forecasts every server as quantiles and breach probabilities.",
    )
    .version(version, "-V, --version", "print the version")
    .option("--debug", "print the stack of an error")
    .option("--no-color", "print without colour, as NO_COLOR=1 does")
    .addHelpText("after", EXAMPLES)
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr, outputError: () => undefined })
    .exitOverride();
  const operands = args.filter((arg) => !arg.startsWith("-"));
  const invoked = operands[0] === "help" ? operands[1] : operands[0];
  for (const command of commands) {
    if (command.name === invoked) (await command.load()).register(program, io);
    else program.command(command.name).description(command.summary);
  }
  return program;
}

/** Turns commander's way of leaving into ours: null for help and version, a usage error for everything it refuses. */
function fromCommander(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === 0) return null;
  if (error.code === "commander.help") {
    return new ForewarnError("usage_invalid", "no command given", { hint: "choose one of the commands above" });
  }
  const [message, suggestion] = error.message.replace(/^error: /, "").split(/\n\(|\)$/);
  return new ForewarnError("usage_invalid", message ?? error.message, {
    hint: suggestion?.replace(/^Did/, "did") ?? "see forewarn --help, or --help after a command's name",
  });
}
