// Feature builder: windows per second and microseconds per target-window, for 1 and 10 targets, as one JSON document.
// Run: npx tsx bench/dataset.bench.ts
import { createRng } from "../src/base/index.ts";
import { createBatchBuilder, makeInputSpec, prepareSeries } from "../src/dataset/index.ts";
import { contractWith } from "./synthetic-contract.ts";

const STEPS = 8640;
const WINDOWS = 4000;
const BATCH = 64;
const ROUNDS = 5;

function measure(targets: number): Record<string, number> {
  const contract = contractWith(targets);
  const statistics = contract.metrics.map(() => ({ present: true, typicalScale: 5 }));
  const sizes = { contextSteps: 288, horizonSteps: 96, patchSteps: 4, historySteps: 2016, serverEmbedding: false };
  const spec = makeInputSpec(contract, statistics, sizes);
  const rng = createRng(1);
  const values = contract.metrics.map(() =>
    Float32Array.from({ length: STEPS }, (_, t) => {
      if (rng.uniform() < 0.1) return Number.NaN;
      return 50 + 30 * Math.sin((2 * Math.PI * t) / 288) + 8 * rng.normal();
    }),
  );
  const series = prepareSeries(spec, { server: "s", labels: {}, startMs: 0, steps: STEPS, values });
  const builder = createBatchBuilder(spec, BATCH);
  const batch = builder.createBatch();
  const count = Math.round(WINDOWS / targets);
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    for (let i = 0; i < count; i++) builder.fill(i % BATCH, series, 2400 + ((i * 37) % 6000), batch);
    seconds.push((performance.now() - begin) / 1000);
  }
  const best = Math.min(...seconds);
  return {
    targets,
    windows: count,
    windowsPerSecond: Math.round(count / best),
    microsecondsPerTargetWindow: Number(((best * 1e6) / count / targets).toFixed(1)),
  };
}

process.stdout.write(
  `${JSON.stringify({ bench: "dataset", node: process.version, results: [measure(1), measure(10)] })}\n`,
);
