// Trains three steps of a small network on the CPU and on a GPU, and prints the losses or the refusal as JSON: run by
// gpu tests as a process of its own.
import { ForewarnError } from "../../src/base/index.ts";
import type { Device, TensorData } from "../../src/graph/index.ts";
import { openTrainer } from "../../src/train/trainer.ts";
import { candidateCase, flatten, randomProblem, vary } from "./tft.ts";

// More variables and steps than a shader can bind tensors.
const network = vary(
  candidateCase,
  { hidden: 8 },
  { pastWidths: new Array<number>(14).fill(4), knownWidths: [4, 8, 4], pastTokens: 20, futureTokens: 2 },
  4,
);
const { architecture, dimensions, batch: batchSize } = network;
const { weights, inputs, targets } = randomProblem(network, 5);
const feeds: TensorData = { ...inputs, ...(targets as TensorData) };
const adam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-2, weightDecay: 0, clipNorm: 0.5 };

async function losses(device: Device): Promise<number[]> {
  const p = flatten(weights);
  const start = () => ({ p, m: p.map(() => 0), v: p.map(() => 0), average: p });
  await using trainer = await openTrainer({
    ...{ architecture, dimensions, adam, batchSize, threads: 1, device },
    start,
  });
  const rates = {
    learningRate: Float32Array.of(1e-2),
    correction1: Float32Array.of(1),
    correction2: Float32Array.of(1),
    averageDecay: Float32Array.of(0.9),
  };
  const found: number[] = [];
  for (let step = 0; step < 3; step++) found.push(await trainer.step(trainer.deal(feeds), rates));
  return found;
}

async function outcome(): Promise<object> {
  try {
    return { cpu: await losses("cpu"), gpu: await losses("webgpu") };
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error;
    return { error: { code: error.code, message: error.message, hint: error.hint } };
  }
}

process.stdout.write(JSON.stringify(await outcome()));
