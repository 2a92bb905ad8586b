// Data-parallel training: replicas of the network, each in a worker of its own, take the gradient of their share of a
// batch, and each renews its own copy of the weights by the sum of all. Cores that work on their own windows wait for
// each other once a step instead of once an operator. Sums are taken in one order, so a run repeats to the byte.
import { openSession, type Session, type TensorData } from "../graph/index.ts";
import { DROPOUT_SITES, gradientGraph, updateGraph } from "../model/index.ts";
import { AS_EMITTED } from "./single-trainer.ts";
import type { Trainer, TrainerOptions } from "./trainer.ts";

/** Windows below which a replica is too small: fixed costs of its operators outweigh what it saves. */
const MIN_WINDOWS = 8;

/** Replicas for a batch: at most one a thread, each with the same number of windows and enough of them. */
export function replicaCount(batchSize: number, threads: number): number {
  for (let count = threads; count > 1; count--) {
    if (batchSize % count === 0 && batchSize / count >= MIN_WINDOWS) return count;
  }
  return 1;
}

/** Opens a trainer with several replicas; they must divide the batch. */
export async function openReplicas(options: TrainerOptions, replicas: number): Promise<Trainer> {
  const { architecture, dimensions, adam, batchSize, threads, start } = options;
  const graph = gradientGraph(architecture, dimensions, batchSize / replicas);
  const update = updateGraph(graph.total, replicas, adam);
  // Two slots in turn: a replica may be done with the next step's gradient while another still reads this one's.
  const gradients = Array.from({ length: replicas }, () => [sharedVector(graph.total), sharedVector(graph.total)]);
  const state = start(graph);
  const sessions = await openAll(gradients, (gradient) =>
    openSession(
      { gradient: graph.model, update: update.model },
      {
        ...AS_EMITTED,
        threads: Math.floor(threads / replicas),
        carry: update.carry,
        state,
        shared: {
          outputs: { gradient },
          inputs: Object.fromEntries(gradients.map((slots, rank) => [`gradient${rank}`, slots])),
        },
      },
    ),
  );
  const close = async (): Promise<void> => {
    await Promise.all(sessions.map((session) => session.close()));
  };
  let slot = 0;
  let updated: Promise<unknown> = Promise.resolve();
  return {
    layout: graph,
    deal(feeds) {
      const shares = lossShares(feeds, replicas);
      return shares.map((share, rank) => ({ ...shareOf(feeds, rank, replicas), ...share }));
    },
    async step(batch, rates) {
      slot = 1 - slot;
      const parts = sessions.map((session, rank) =>
        session.run(batch[rank]!, ["loss"], { model: "gradient", slot, giveAway: true }),
      );
      const [losses] = await Promise.all([Promise.all(parts), updated]);
      updated = Promise.all(sessions.map((session) => session.run(rates, [], { model: "update", slot })));
      updated.catch(() => undefined); // the next step awaits it, and throws then
      return losses.reduce((sum, { loss }) => sum + loss![0]!, 0);
    },
    vectors: async () => {
      await updated;
      return sessions[0]!.state();
    },
    busyMs: () => sessions.reduce((sum, session) => sum + session.busyMs(), 0) / replicas,
    [Symbol.asyncDispose]: close,
  };
}

function sharedVector(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

/** Opens all sessions at once; when one fails, none stays open. */
async function openAll<Item>(items: readonly Item[], open: (item: Item) => Promise<Session>): Promise<Session[]> {
  const settled = await Promise.allSettled(items.map(open));
  const failure = settled.find((result) => result.status === "rejected");
  if (!failure) return settled.map((result) => (result as PromiseFulfilledResult<Session>).value);
  await Promise.all(settled.map((result) => result.status === "fulfilled" && result.value.close()));
  throw failure.reason;
}

/** The windows of a replica out of a batch: every feed begins with them but the dropout masks, which begin with sites. */
function shareOf(feeds: TensorData, rank: number, replicas: number): TensorData {
  const cut = (values: Float32Array, groups: number): Float32Array => {
    const [group, size] = [values.length / groups, values.length / groups / replicas];
    const share = new Float32Array(groups * size);
    for (let g = 0; g < groups; g++) {
      share.set(values.subarray(g * group + rank * size, g * group + (rank + 1) * size), g * size);
    }
    return share;
  };
  return Object.fromEntries(
    Object.entries(feeds).map(([name, values]) => [name, cut(values, name === "dropout" ? DROPOUT_SITES : 1)]),
  );
}

/** Each replica's shares of the batch's weights and groups at risk, so that its loss counts as in the whole batch. */
function lossShares({ weight, breachAtRisk }: TensorData, replicas: number): TensorData[] {
  const sharesOf = (values: Float32Array): Float32Array[] => {
    const size = values.length / replicas;
    const sums = Array.from({ length: replicas }, (_, rank) => sumOf(values.subarray(rank * size, (rank + 1) * size)));
    const total = sums.reduce((a, b) => a + b, 0);
    return sums.map((sum) => Float32Array.of(total > 0 ? sum / total : 0));
  };
  const pinball = sharesOf(weight!);
  const survival = breachAtRisk && sharesOf(breachAtRisk);
  return pinball.map((share, rank) => ({
    pinballShare: share,
    ...(survival ? { survivalShare: survival[rank]! } : {}),
  }));
}

function sumOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
