// forewarn forecast: what a trained model expects of the servers of a data set.
import { type Command, Option } from "commander";
import { ForewarnError, parseDuration } from "../../base/index.ts";
import type { Io } from "../io.ts";
import { forecastText } from "../output/forecast.ts";
import { printJson } from "../output/json.ts";

/** Up to this many servers are shown in detail without being named. */
const DETAILED_SERVERS = 3;

interface Options {
  model: string;
  data: string;
  server?: string[];
  at?: string;
  horizon?: string;
  threads: string;
  json?: true;
}

/** Adds `forewarn forecast`. */
export function register(program: Command, io: Io): void {
  program
    .command("forecast")
    .description("forecast the servers of a data set: quantiles of every target, and the probability of every breach")
    .requiredOption("--model <dir>", "model directory")
    .requiredOption("--data <dir>", "data set directory, under the model's contract")
    .addOption(new Option("--server <name...>", "only these servers, in detail (default: all)"))
    .option("--at <time>", "time of the forecast, ISO 8601; nothing later is read (default: end of the data)")
    .option("--horizon <duration>", "how far to forecast (default: the model's horizon)")
    .option("--threads <count>", "threads of the network", "1")
    .option("--json", "one JSON document")
    .addHelpText("after", "\nExample:\n  forewarn forecast --model models/tft_20261123_101500 --data data/fleet\n")
    .action((options: Options) => forecastAction(options, io));
}

async function forecastAction(options: Options, io: Io): Promise<void> {
  const { forecastDataSet } = await import("../../forecast/index.ts");
  const { server: servers, at, horizon } = options;
  const forecast = await forecastDataSet({
    modelDirectory: options.model,
    dataDirectory: options.data,
    threads: parseThreads(options.threads),
    ...(servers === undefined ? {} : { servers }),
    ...(at === undefined ? {} : { atMs: parseTime(at) }),
    ...(horizon === undefined ? {} : { horizonMs: parseDuration(horizon, "--horizon") }),
  });
  if (options.json) {
    printJson(io, forecast);
    return;
  }
  io.stdout(forecastText(forecast, servers !== undefined || forecast.forecasts.length <= DETAILED_SERVERS));
}

function parseThreads(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new ForewarnError("usage_invalid", `--threads: Expected a whole number from 1, got ${JSON.stringify(text)}`);
}

function parseTime(text: string): number {
  const timeMs = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(timeMs)) return timeMs;
  const expected = "Expected an ISO 8601 time with its zone such as 2026-01-05T00:00:00Z";
  throw new ForewarnError("usage_invalid", `--at: ${expected}, got ${JSON.stringify(text)}`);
}
