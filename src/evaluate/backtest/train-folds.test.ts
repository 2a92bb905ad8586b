import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FLEET_INTERVAL_MS, FLEET_START_MS, SERVERS, writeFleet } from "../../../test/helpers/written-fleet.ts";
import { DEFAULT_TRAIN_OPTIONS } from "../../train/index.ts";
import { trainedUntil } from "./forecast-times.ts";
import { runBacktest } from "./run-backtest.ts";
import { type FoldTraining, trainColdStart, trainFolds } from "./train-folds.ts";

const HOUR_MS = 3_600_000;
const STEPS = 4 * 288;
const work = mkdtempSync(join(tmpdir(), "forewarn-folds-"));
const fleet = join(work, "fleet");
/** Forecast times of the last day, two hours apart. */
const times = [0, 2, 4, 6].map((hours) => FLEET_START_MS + 3 * 24 * HOUR_MS + hours * HOUR_MS);
const training: FoldTraining = {
  dataDirectory: fleet,
  root: join(work, "models"),
  options: {
    ...DEFAULT_TRAIN_OPTIONS,
    architecture: { ...DEFAULT_TRAIN_OPTIONS.architecture, hidden: 4 },
    ...{ contextSteps: 96, horizonSteps: 24, patchSteps: 8, historySteps: 288 },
    ...{ batchSize: 8, epochs: 1, stepsPerEpoch: 4, threads: 1, validationWindows: 8 },
  },
  now: () => 0,
  versions: { forewarn: "0.0.0" },
};

beforeAll(() => writeFleet(fleet, STEPS));
afterAll(() => rmSync(work, { recursive: true, force: true }));

it("trains on the data before each fold and on nothing after it", async () => {
  const folds = await trainFolds(training, times, 2);
  expect(folds.map((fold) => fold.times)).toEqual([times.slice(0, 2), times.slice(2)]);
  expect(folds.map(({ model }) => trainedUntil(model))).toEqual([times[0], times[2]]);

  const otherFuture = join(work, "other");
  const cut = (times[0]! - FLEET_START_MS) / FLEET_INTERVAL_MS;
  const changed = SERVERS.map((server) => ({ ...server, cpu: `if(step >= ${cut}, 7 + step % 3, ${server.cpu})` }));
  await writeFleet(otherFuture, STEPS, changed);
  const [again] = await trainFolds({ ...training, dataDirectory: otherFuture }, times.slice(0, 2), 1);
  expect(again!.model.weights).toEqual(folds[0]!.model.weights);
  expect(again!.model.config.calibration).toEqual(folds[0]!.model.config.calibration);
});

it("leaves servers out of training for the cold start", async () => {
  const { fold, servers } = await trainColdStart(training, { times }, ["db", "gone", "quiet", "web"]);
  expect(servers).toEqual(["db"]);
  expect(fold.model.metadata["options"]).toMatchObject({ leftOutServers: ["db"], untilMs: times[0] });
});

it("scores each fold by its own model", async () => {
  const report = await runBacktest({
    dataDirectory: fleet,
    source: { training, folds: 2 },
    ...{ windows: 4, strideMs: HOUR_MS, fromMs: null, untilMs: null, coldStart: false },
    alert: { kind: "false-alarms", atMostPerServerWeek: 1 },
    ...{ seed: 1, threads: 1, memoryBytes: 1 << 26, forewarnVersion: "0.0.0" },
  });
  expect(report.folds).toHaveLength(2);
  for (const { trainedUntilMs, fromMs } of report.folds) expect(trainedUntilMs).toBe(fromMs);
  expect(report.seenInTraining).toBe("no");
  expect(report.windows.scored).toBe(4 * 3);
  expect(report.differences[0]!.servers).toBe(3);
});

it("refuses more folds than forecast times", async () => {
  await expect(trainFolds(training, times, 5)).rejects.toMatchObject({ code: "usage_invalid" });
});
