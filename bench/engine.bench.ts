// Training and forward throughput of the workloads beside the rates of the machine in the same run, and what the
// training loop adds. Run on a machine that does nothing else:
// npx tsx bench/engine.bench.ts [REF | default] [--scale | --loop [data set ...] | --fleet]
import { cpus } from "node:os";
import { replicaCount } from "../src/train/replicas.ts";
import { timeForward, timeTraining, trainingCosts } from "./engine-runs.ts";
import { type FleetForecastFigures, timeFleetForecast } from "./fleet-forecast.ts";
import { machineRates } from "./machine-rates.ts";
import { scaleTable } from "./scale-table.ts";
import { type LoopFigures, madeUpData, storedData, timeLoop } from "./training-loop.ts";
import { DEFAULT, REF } from "./workloads.ts";

const THREADS = Number(process.env["BENCH_THREADS"] ?? Math.min(2, cpus().length));
const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const [only] = names;

if (process.argv.includes("--scale")) {
  process.stdout.write(`${await scaleTable([...new Set([1, THREADS])])}\n`);
} else if (process.argv.includes("--loop")) {
  process.stdout.write(`${JSON.stringify(await timeLoops(names), null, 2)}\n`);
} else if (process.argv.includes("--fleet")) {
  process.stdout.write(`${JSON.stringify(await timeFleets(), null, 2)}\n`);
} else {
  const rates = await machineRates(THREADS);
  const report: Record<string, unknown> = { threads: THREADS, cpu: cpus()[0]?.model, node: process.version, ...rates };
  for (const workload of [REF, DEFAULT]) {
    if (only && only !== workload.name) continue;
    report[`${workload.name}Training`] = await timeTraining(workload, THREADS, workload === REF ? 15 : 60, rates);
    report[`${workload.name}Forward`] = await timeForward(workload, THREADS, 15);
    report[`${workload.name}Operators`] = await topOperators(workload);
  }
  if (only !== "REF") {
    report["loop"] = await timeLoops([]);
    report["fleet"] = await timeFleets();
  }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}

/** Forecasts of 1,000 servers, of 1 and of 7 targets. */
async function timeFleets(): Promise<FleetForecastFigures[]> {
  return [await timeFleetForecast(1000, 1, THREADS), await timeFleetForecast(1000, 7, THREADS)];
}

/** What the loop adds, on made-up series of 1 and of 7 targets and on the data sets in some directories. */
async function timeLoops(directories: readonly string[]): Promise<LoopFigures[]> {
  const figures: LoopFigures[] = [];
  for (const targets of [1, 7]) figures.push(await timeLoop(madeUpData(targets), THREADS, 60));
  for (const directory of directories) figures.push(await timeLoop(await storedData(directory), THREADS, 60));
  return figures;
}

/** Milliseconds of a replica's step in each kind of operator, the ten largest. */
async function topOperators(workload: typeof REF): Promise<Record<string, number>> {
  const batch = workload.batch / replicaCount(workload.batch, THREADS);
  const costs = await trainingCosts({ ...workload, batch });
  const byOperator = new Map<string, number>();
  for (const { operator, micros } of costs) byOperator.set(operator, (byOperator.get(operator) ?? 0) + micros);
  const largest = [...byOperator].sort(([, a], [, b]) => b - a).slice(0, 10);
  return Object.fromEntries(largest.map(([operator, micros]) => [operator, Number((micros / 1000).toFixed(1))]));
}
