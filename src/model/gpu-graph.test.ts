// Training graphs for a GPU: no operator without a kernel there, none that binds too many tensors, the same results.
import { expect, test } from "vitest";
import "../../test/support/allclose.ts";
import { candidateCase, flatten, loadModel, optimiserInputs, randomProblem, vary } from "../../test/support/tft.ts";
import { type AdamOptions, readModel, type TensorData } from "../graph/index.ts";
import { trainingGraph } from "./graphs.ts";

const ADAM: AdamOptions = { beta1: 0.9, beta2: 0.99, epsilon: 1e-2, weightDecay: 0, clipNorm: 1 };
/** Storage buffers of a WebGPU shader. */
const MOST_BOUND = 16;

const network = vary(candidateCase, {}, { pastWidths: new Array<number>(30).fill(4), pastTokens: 40 });
const { architecture, dimensions, batch } = network;
const forGpu = trainingGraph(architecture, dimensions, batch, ADAM, "webgpu").model;

test("no node lacks a kernel or binds more tensors than a shader can", () => {
  for (const { opType, inputs, outputs } of readModel(forGpu).nodes) {
    expect(["LSTM", "Scan"]).not.toContain(opType);
    expect(inputs.length + outputs.length, opType).toBeLessThanOrEqual(MOST_BOUND);
  }
});

test("the step is the CPU's", async () => {
  const { weights, inputs, targets } = randomProblem(network, 5);
  const feeds = { ...inputs, ...(targets as TensorData), ...optimiserInputs(flatten(weights), 0.01) };
  await using cpu = await loadModel(trainingGraph(architecture, dimensions, batch, ADAM).model);
  await using gpu = await loadModel(forGpu);
  const [expected, got] = [await cpu.run(feeds), await gpu.run(feeds)];
  for (const name of ["loss", "nextP"]) {
    expect(got[name], name).toBeAllclose(expected[name]!, { rtol: 1e-4, atol: 1e-6 });
  }
});
