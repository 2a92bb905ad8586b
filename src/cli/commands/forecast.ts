// forewarn forecast: what a trained model expects of the servers of a data set.
import { type Command, Option } from "commander";
import { parseDuration } from "../../base/index.ts";
import { isoTime, threadCount } from "../flags.ts";
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
    .requiredOption("--model <dir>", "model directory, made by train (required)")
    .requiredOption("--data <dir>", "data set under the model's contract (required)")
    .addOption(new Option("--server <name...>", "only these servers, in detail (default: all)"))
    .option("--at <time>", "time of the forecast, ISO 8601; nothing later is read (default: end of the data)")
    .option("--horizon <duration>", "how far to forecast, such as 2h (default: the model's horizon)")
    .option("--threads <count>", "threads", "1")
    .option("--json", "one JSON document")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  forewarn forecast --model models/tft_20261123_101500 --data fleet/\n" +
        "  forewarn forecast --model models/tft_20261123_101500 --data fleet/ --server ppdb001 --horizon 2h\n",
    )
    .action((options: Options) => forecastAction(options, io));
}

async function forecastAction(options: Options, io: Io): Promise<void> {
  const { forecastDataSet } = await import("../../forecast/index.ts");
  const { server: servers, at, horizon } = options;
  const forecast = await forecastDataSet({
    modelDirectory: options.model,
    dataDirectory: options.data,
    threads: threadCount(options.threads),
    ...(servers === undefined ? {} : { servers }),
    ...(at === undefined ? {} : { atMs: isoTime(at, "--at") }),
    ...(horizon === undefined ? {} : { horizonMs: parseDuration(horizon, "--horizon") }),
  });
  if (options.json) {
    printJson(io, forecast);
    return;
  }
  io.stdout(forecastText(forecast, servers !== undefined || forecast.forecasts.length <= DETAILED_SERVERS));
}
