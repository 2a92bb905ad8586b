// What kinds of simulated incidents a model foresees: its breach probability some time before each kind of breach against
// quiet moments, as the area under the ROC curve. Usage: npx tsx bench/foreseen-kinds.bench.ts MODEL DATA FROM
// (FROM: ISO 8601; only later incidents count, so that training has not seen them). Prints JSON.
import { hasEnoughHistory, prepareSeries } from "../src/dataset/index.ts";
import { loadModel, openForecaster } from "../src/forecast/index.ts";
import { rocAuc } from "../src/measure/index.ts";
import { openDataSet, readTruth } from "../src/store/index.ts";

const AHEAD_MINUTES = [30, 45, 60];
/** Quiet moments are this far apart, and as far from any breach. */
const QUIET_STEPS = 47;
const QUIET_MS = 10 * 3_600_000;
const SERVERS_READ = 30;

const [modelDirectory, dataDirectory, from] = process.argv.slice(2);
if (modelDirectory === undefined || dataDirectory === undefined || from === undefined) {
  throw new Error("usage: foreseen-kinds.bench.ts MODEL DATA FROM");
}
const fromMs = Date.parse(from);
const model = await loadModel(modelDirectory);
const { inputs } = model.config;
const groups = inputs.breachGroupEnds.length;
/** The first horizon that reaches all of the times ahead: 2 hours for the default model. */
const group = inputs.breachGroupEnds.findIndex((end) => end * inputs.intervalMs > Math.max(...AHEAD_MINUTES) * 60_000);
const dataSet = await openDataSet(dataDirectory);
const truth = ((await readTruth(dataDirectory)) ?? []).filter(
  ({ rule, breachStartMs }) => rule !== null && breachStartMs !== null && breachStartMs > fromMs,
);

const before = new Map<string, number[]>(); // by kind, rule and minutes ahead
const quiet = new Map<string, number[]>(); // by rule
const add = (map: Map<string, number[]>, key: string, value: number): void => {
  map.set(key, [...(map.get(key) ?? []), value]);
};

const servers = (await dataSet.servers()).map(({ server }) => server);
await using forecaster = await openForecaster(model, { batchSize: 64, threads: 1 });
for (let start = 0; start < servers.length; start += SERVERS_READ) {
  for (const series of await dataSet.readSeries(servers.slice(start, start + SERVERS_READ))) {
    const prepared = prepareSeries(inputs, series);
    const own = truth.filter(({ server }) => server === series.server);
    const stepOf = (timeMs: number): number => Math.floor((timeMs - series.startMs) / inputs.intervalMs);
    const asked = own.flatMap(({ kind, rule, breachStartMs }) =>
      AHEAD_MINUTES.map((minutes) => ({
        keys: [`${kind} ${rule} ${minutes}`],
        origin: stepOf(breachStartMs!) - Math.round((minutes * 60_000) / inputs.intervalMs),
        into: before,
      })),
    );
    for (let origin = stepOf(fromMs); origin < series.steps; origin += QUIET_STEPS) {
      const timeMs = series.startMs + origin * inputs.intervalMs;
      if (own.some(({ breachStartMs }) => Math.abs(breachStartMs! - timeMs) < QUIET_MS)) continue;
      asked.push({ keys: inputs.breachRules.map(({ id }) => id), origin, into: quiet });
    }
    const places = asked.filter(({ origin }) => hasEnoughHistory(inputs, prepared, origin));
    const forecasts = await forecaster.forecast(places.map(({ origin }) => ({ prepared, origin })));
    for (const [index, { keys, into }] of places.entries()) {
      for (const key of keys) {
        const rule = inputs.breachRules.findIndex(({ id }) => key.split(" ").includes(id));
        add(into, key, forecasts[index]!.breaches[rule * groups + group]!);
      }
    }
  }
}
dataSet.close();

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const withinMinutes = (inputs.breachGroupEnds[group]! * inputs.intervalMs) / 60_000;
const kinds = [...before].map(([key, probabilities]) => {
  const [kind, rule, minutesAhead] = key.split(" ") as [string, string, string];
  const calm = quiet.get(rule) ?? [];
  const outcomes = [...probabilities.map(() => 1), ...calm.map(() => 0)];
  return {
    kind,
    rule,
    minutesAhead: Number(minutesAhead),
    incidents: probabilities.length,
    medianProbability: median(probabilities),
    medianQuiet: median(calm),
    areaUnderRoc: rocAuc([...probabilities, ...calm], outcomes),
  };
});
kinds.sort((a, b) => (a.kind === b.kind ? a.minutesAhead - b.minutesAhead : a.kind < b.kind ? -1 : 1));
console.log(JSON.stringify({ modelId: model.modelId, withinMinutes, kinds }, null, 2));
