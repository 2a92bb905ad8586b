// Training steps of Forewarn and of pytorch-forecasting on the same windows, sizes, steps and threads, round by round in
// turn, and the ratio of one run. Run: npx tsx bench/peers.bench.ts [path of a python with pytorch-forecasting]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TensorData } from "../src/graph/index.ts";
import { ADAM, openWorkload, ratesAt } from "./engine-runs.ts";
import { median } from "./machine-rates.ts";
import { REF, randomInputs } from "./workloads.ts";

const PYTHON = process.argv[2] ?? "python3";
const THREADS = Number(process.env["BENCH_THREADS"] ?? Math.min(2, cpus().length));
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 6);
const STEPS_PER_ROUND = 3;

const { architecture, dimensions, batch } = REF;
const [context, horizon] = [dimensions.pastTokens, dimensions.futureTokens];
const inputs = randomInputs(REF, 3);

/** Asks the peer and reads its answers, one line each. */
async function openPeer(): Promise<{ ask(message: unknown): Promise<Record<string, unknown>>; close(): void }> {
  const script = fileURLToPath(new URL("./peers/pytorch_forecasting.py", import.meta.url));
  const child = spawn(PYTHON, [script], { stdio: ["pipe", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(message) {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${PYTHON} has ended; it needs: pip install pytorch-forecasting`);
      return JSON.parse(value) as Record<string, unknown>;
    },
    close: () => child.stdin.end(),
  };
}

/** Writes the windows for the peer; its inputs are the same numbers. */
function writeWindows(file: string): Record<string, number[]> {
  const shapes = {
    past: [batch, context, dimensions.pastWidths.length + dimensions.knownWidths.length],
    future: [batch, horizon, dimensions.knownWidths.length],
    static: [batch, dimensions.staticWidths.reduce((a, b) => a + b, 0)],
    target: [batch, horizon],
  };
  writeFileSync(file, Buffer.concat(Object.keys(shapes).map((name) => Buffer.from(bytesOf(inputs[name]!)))));
  return shapes;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

const directory = mkdtempSync(join(tmpdir(), "forewarn-peers-"));
const peer = await openPeer();
try {
  const file = join(directory, "windows.bin");
  const about = await peer.ask({
    ...{ file, shapes: writeWindows(file), context, horizon, threads: THREADS, clipNorm: ADAM.clipNorm },
    ...{ hidden: architecture.hidden, variableHidden: architecture.hidden, heads: architecture.heads },
    ...{ observed: dimensions.pastWidths.length, known: dimensions.knownWidths.length },
    ...{ static: dimensions.staticWidths[0], quantiles: architecture.quantiles },
  });
  await using trainer = await openWorkload(REF, THREADS);
  let t = 0;
  const ownStep = async (feeds: TensorData): Promise<number> => {
    const dealt = trainer.deal(feeds);
    const start = performance.now();
    await trainer.step(dealt, ratesAt(++t));
    return performance.now() - start;
  };
  const [own, theirs, ratios]: number[][] = [[], [], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const mine: number[] = [];
    for (let i = 0; i < STEPS_PER_ROUND; i++) mine.push(await ownStep(inputs));
    const { ms } = (await peer.ask(STEPS_PER_ROUND)) as { ms: number[] };
    if (round === 0) continue; // warm-up
    own!.push(...mine);
    theirs!.push(...ms);
    ratios!.push(median(ms) / median(mine));
  }
  const report = {
    workload: "REF",
    threads: THREADS,
    forewarn: { parameters: trainer.layout.total, stepMs: Math.round(median(own!)) },
    pytorchForecasting: { ...about, stepMs: Math.round(median(theirs!)) },
    timesFaster: Number(median(ratios!).toFixed(2)),
    ofEachRound: ratios!.map((ratio) => Number(ratio.toFixed(2))),
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} finally {
  peer.close();
  rmSync(directory, { recursive: true });
}
