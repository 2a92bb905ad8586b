// Training with the whole step in one session.
import { openSession, type TensorData } from "../graph/index.ts";
import { trainingGraph } from "../model/index.ts";
import type { Trainer, TrainerOptions } from "./trainer.ts";

/** Options of ONNX Runtime for graphs emitted as they should run: its passes over thousands of nodes gain nothing. */
export const AS_EMITTED = { optimisation: "disabled" } as const;

/** Opens a trainer with one worker, on the CPU or the GPU. */
export async function openSingle(options: TrainerOptions): Promise<Trainer> {
  const { architecture, dimensions, adam, batchSize, threads, device, start } = options;
  const graph = trainingGraph(architecture, dimensions, batchSize, adam, device);
  const state = start(graph);
  const session = await openSession(graph.model, { ...AS_EMITTED, threads, device, carry: graph.carry, state });
  return {
    layout: graph,
    deal: (feeds) => [copyOf(feeds)],
    async step([feeds], rates) {
      const { loss } = await session.run({ ...feeds, ...copyOf(rates) }, ["loss"], { giveAway: true });
      return loss![0]!;
    },
    vectors: () => session.state(),
    busyMs: () => session.busyMs(),
    [Symbol.asyncDispose]: () => session.close(),
  };
}

/** The same tensors in buffers of their own. */
export function copyOf(feeds: TensorData): TensorData {
  return Object.fromEntries(Object.entries(feeds).map(([name, values]) => [name, values.slice()]));
}
