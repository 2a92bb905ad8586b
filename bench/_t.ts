import { openSession, readModel } from "../src/graph/index.ts";
import { trainingGraph } from "../src/model/index.ts";
import { DEFAULT, REF } from "./workloads.ts";

for (const w of [REF, DEFAULT]) {
  const t0 = performance.now();
  const g = trainingGraph(w.architecture, w.dimensions, w.batch, {
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0,
    clipNorm: 0.5,
    averageDecay: 0.99,
  });
  const t1 = performance.now();
  const m = readModel(g.model);
  const t2 = performance.now();
  const c: Record<string, number> = {};
  for (const n of m.nodes) c[n.opType] = (c[n.opType] ?? 0) + 1;
  console.log(
    w.name,
    "build",
    t1 - t0,
    "read",
    t2 - t1,
    "MB",
    g.model.length / 1e6,
    "nodes",
    m.nodes.length,
    JSON.stringify(c),
  );
  for (const o of ["disabled", "basic", "extended", "all"] as const) {
    const a = performance.now();
    const s = await openSession(g.model, {
      threads: 2,
      optimisation: o,
      carry: g.carry,
      state: {
        p: new Float32Array(g.total),
        m: new Float32Array(g.total),
        v: new Float32Array(g.total),
        average: new Float32Array(g.total),
      },
    });
    console.log(o, performance.now() - a);
    await s.close();
  }
}
