// Training throughput against threads, width, variables and batch, one of them changed at a time, as a Markdown table.
import { timeTraining } from "./engine-runs.ts";
import { machineRates } from "./machine-rates.ts";
import { DEFAULT, type Workload } from "./workloads.ts";

/** Variables of the default workload: what each of them is stays, how many there are changes. */
function withVariables(count: number): Workload {
  const { pastWidths, knownWidths } = DEFAULT.dimensions;
  const past = new Array<number>(Math.max(1, count - knownWidths.length)).fill(pastWidths[0]!);
  const known = knownWidths.slice(0, count - past.length);
  return { ...DEFAULT, dimensions: { ...DEFAULT.dimensions, pastWidths: past, knownWidths: known } };
}

const withHidden = (hidden: number): Workload => ({
  ...DEFAULT,
  architecture: { ...DEFAULT.architecture, hidden },
});

const ROWS: readonly [string, Workload][] = [
  ...[16, 32, 64, 160].map((hidden): [string, Workload] => [`hidden ${hidden}`, withHidden(hidden)]),
  ...[4, 10, 20, 40].map((count): [string, Workload] => [`${count} variables`, withVariables(count)]),
  ...[8, 32, 128, 512].map((batch): [string, Workload] => [`batch ${batch}`, { ...DEFAULT, batch }]),
];

/** Measures the table; some minutes. */
export async function scaleTable(threadCounts: readonly number[]): Promise<string> {
  const lines: string[] = [];
  for (const threads of threadCounts) {
    const rates = await machineRates(threads);
    const [gflops, gbps] = [Math.round(rates.matmulGflops), Math.round(rates.memoryGbps)];
    lines.push(
      `${threads} thread${threads > 1 ? "s" : ""}: products ${gflops} GFLOP/s, memory ${gbps} GB/s`,
      "",
      "| default recipe with | parameters | replicas | step, ms | windows/s | GFLOP a step | GB a step | share of the floor |",
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    );
    for (const [name, workload] of ROWS) {
      const run = await timeTraining(workload, threads, stepsFor(workload), rates);
      const share = `${Math.round(run.shareOfFloor * 100)} %`;
      const numbers = [run.parameters, run.replicas, run.stepMs, run.windowsPerSecond, run.gflopPerStep];
      lines.push(`| ${[name, ...numbers, run.gigabytesPerStep, share].join(" | ")} |`);
    }
    lines.push("");
  }
  return lines.join("\n");
}

/** Fewer steps of what takes longer. */
function stepsFor({ batch, architecture }: Workload): number {
  return Math.max(8, Math.min(30, Math.round((30 * 64 * 32) / (batch * architecture.hidden))));
}
