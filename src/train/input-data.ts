// What a run makes of its data set before the first step: the split in time, and what the model reads.
import { intervalMs } from "../contract/index.ts";
import { type InputSpec, makeInputSpec, measureMetrics, splitTimes, type TimeSplit } from "../dataset/index.ts";
import { type DataSet, openDataSet } from "../store/index.ts";
import type { TrainOptions } from "./options.ts";

/** Servers whose rows set the scales of the metrics. */
const SAMPLE_SERVERS = 200;
/** Bytes of a cell (server x step x metric) while it is read. */
const READING_BYTES = 20;

/** Opens a data set as it looks without the servers that are left out. Throws what `openDataSet` throws. */
export async function openTrainingData(directory: string, { leftOutServers }: TrainOptions): Promise<DataSet> {
  const dataSet = await openDataSet(directory);
  const leftOut = new Set(leftOutServers);
  return {
    ...dataSet,
    servers: async () => (await dataSet.servers()).filter(({ server }) => !leftOut.has(server)),
  };
}

/**
 * Cuts the span of a data set up to `untilMs`, on the contract's grid, into training, validation and test.
 * @throws ForewarnError `insufficient_data` when a part would be shorter than a horizon.
 */
export function splitDataSet(
  { meta }: DataSet,
  { validationFraction, testFraction, horizonSteps, untilMs }: TrainOptions,
): TimeSplit {
  const stepMs = intervalMs(meta.contract);
  const endMs = (Math.floor(meta.endMs / stepMs) + 1) * stepMs;
  return splitTimes(Math.floor(meta.startMs / stepMs) * stepMs, Math.min(endMs, untilMs ?? endMs), {
    validationFraction,
    testFraction,
    horizonMs: horizonSteps * stepMs,
    intervalMs: stepMs,
  });
}

/** The model's inputs; scales come from a sample of servers and from training time alone. */
export async function inputSpecOf(dataSet: DataSet, split: TimeSplit, options: TrainOptions): Promise<InputSpec> {
  const { contract } = dataSet.meta;
  const infos = await dataSet.servers();
  const cells = infos.map(
    ({ startMs, endMs }) => ((endMs - startMs) / intervalMs(contract) + 1) * contract.metrics.length,
  );
  const affordable = Math.floor(options.memoryBytes / (READING_BYTES * Math.max(...cells)));
  const every = Math.ceil(infos.length / Math.max(1, Math.min(SAMPLE_SERVERS, affordable)));
  const servers = infos.map(({ server }) => server);
  const sample = await dataSet.readSeries(servers.filter((_, i) => i % every === 0));
  const statistics = measureMetrics(contract, sample, options.historySteps, split.train.endMs);
  return makeInputSpec(contract, statistics, {
    ...options,
    servers,
    trainingSpanMs: split.train.endMs - split.train.startMs,
  });
}
