// An interrupted training goes on as if nothing had happened, and a damaged or foreign checkpoint is refused.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ForewarnError } from "../../src/base/index.ts";
import { simulateToDataSet } from "../../src/simulate/index.ts";
import { DEFAULT_TRAIN_OPTIONS, type TrainRequest, train } from "../../src/train/index.ts";

const work = mkdtempSync(join(tmpdir(), "forewarn-resume-"));
const fleet = join(work, "fleet");

const request = (root: string, more: Partial<TrainRequest> = {}): TrainRequest => ({
  dataDirectory: fleet,
  root: join(work, root),
  options: {
    ...DEFAULT_TRAIN_OPTIONS,
    architecture: { ...DEFAULT_TRAIN_OPTIONS.architecture, hidden: 8 },
    ...{ contextSteps: 96, horizonSteps: 24, patchSteps: 8, batchSize: 8, epochs: 2, stepsPerEpoch: 6, threads: 1 },
  },
  resume: false,
  now: () => 0,
  versions: {},
  ...more,
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "none",
    (error: unknown) => (error instanceof ForewarnError ? error.code : String(error)),
  );
}

beforeAll(() => simulateToDataSet(fleet, { servers: 3, hours: 72, intervalMs: 300_000, seed: 7 }, "0.0.0"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("stopped at step 4 and resumed, one thread: the same weights to the byte", async () => {
  const whole = await train(request("whole"));
  const interruption = new AbortController();
  const onProgress = ({ step }: { step: number }) => {
    if (step === 4) interruption.abort();
  };
  expect(await codeOf(train(request("cut", { signal: interruption.signal, onProgress })))).toBe("interrupted");
  const resumed = await train(request("cut", { resume: true }));
  const weights = (directory: string) => readFileSync(join(directory, "model.safetensors")).subarray(-4096);
  expect(resumed.steps).toBe(whole.steps);
  expect(weights(resumed.directory).equals(weights(whole.directory))).toBe(true);
  expect(existsSync(join(work, "cut", ".training"))).toBe(false);
});

test("nothing to resume, and a checkpoint of another run, are refused", async () => {
  expect(await codeOf(train(request("empty", { resume: true })))).toBe("checkpoint_invalid");
  const interruption = new AbortController();
  interruption.abort();
  expect(await codeOf(train(request("other", { signal: interruption.signal })))).toBe("interrupted");
  const changed = request("other", { resume: true });
  changed.options = { ...changed.options, seed: 2 };
  expect(await codeOf(train(changed))).toBe("checkpoint_invalid");
});

test("data larger than the memory it may use is streamed in groups of servers", async () => {
  const small = request("streamed");
  small.options = { ...small.options, memoryBytes: 1 };
  const result = await train(small);
  expect(result.steps).toBe(12);
  expect(result.evaluation.windows).toBeGreaterThan(0);
});
