// Training and forward throughput of the workloads beside the rates of the machine in the same run, and what the
// training loop adds. Run: npx tsx bench/engine.bench.ts [REF | default] [--scale], on a machine that does nothing else.
import { cpus } from "node:os";
import { replicaCount } from "../src/train/replicas.ts";
import { timeForward, timeTraining, trainingCosts } from "./engine-runs.ts";
import { machineRates } from "./machine-rates.ts";
import { scaleTable } from "./scale-table.ts";
import { timeLoop } from "./training-loop.ts";
import { DEFAULT, REF } from "./workloads.ts";

const THREADS = Number(process.env["BENCH_THREADS"] ?? Math.min(2, cpus().length));
const [only] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

if (process.argv.includes("--scale")) {
  process.stdout.write(`${await scaleTable([...new Set([1, THREADS])])}\n`);
} else {
  const rates = await machineRates(THREADS);
  const report: Record<string, unknown> = { threads: THREADS, cpu: cpus()[0]?.model, node: process.version, ...rates };
  for (const workload of [REF, DEFAULT]) {
    if (only && only !== workload.name) continue;
    report[`${workload.name}Training`] = await timeTraining(workload, THREADS, workload === REF ? 15 : 60, rates);
    report[`${workload.name}Forward`] = await timeForward(workload, THREADS, 15);
    report[`${workload.name}Operators`] = await topOperators(workload);
  }
  if (only !== "REF") report["loop"] = [await timeLoop(1, THREADS, 60), await timeLoop(7, THREADS, 30)];
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
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
