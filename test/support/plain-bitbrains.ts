// A second, plain computation of the benchmark bitbrains_rnd/5T for three trivial forecasts: its own reading of the CSV,
// its own grid, its own loops. It shares no code with src.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** MASE, CRPS and ND over all variates. */
export interface PlainScores {
  mase: number;
  crps: number;
  nd: number;
}

const DAY = 288;
const LEVELS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Values of every (machine, variate) by bin; NaN is missing. */
export function readPlainSeries(csvGzPath: string, bins: number): number[][] {
  const sums = new Map<string, { total: Float64Array; rows: Uint16Array }>();
  const lines = gunzipSync(readFileSync(csvGzPath)).toString("latin1").split("\n");
  for (const line of lines.slice(1)) {
    if (line === "") continue;
    const [vm, seconds, ...variates] = line.split(",");
    const bin = Math.floor(Number(seconds) / 300) - 4_575_432;
    if (bin >= bins) continue;
    for (const [v, text] of variates.entries()) {
      const key = `${vm} ${v}`;
      if (!sums.has(key)) sums.set(key, { total: new Float64Array(bins), rows: new Uint16Array(bins) });
      const { total, rows } = sums.get(key)!;
      total[bin] = total[bin]! + Number(text);
      rows[bin] = rows[bin]! + 1;
    }
  }
  return [...sums.values()].map(({ total, rows }) => Array.from(total, (sum, bin) => Math.fround(sum / rows[bin]!)));
}

/** Scores of the windows of `horizon` bins that end with bin `last` and begin at or after `first`. */
export function plainBitbrains(series: number[][], first: number, last: number, horizon: number) {
  const methods = { naive: emptySums(), seasonal: emptySums(), day: emptySums() };
  for (const values of series) {
    for (let start = last + 1 - horizon; start >= first; start -= horizon) {
      const history = withoutGaps(values.slice(0, start));
      const scale = seasonalScale(values.slice(0, start));
      const day = history.slice(-DAY).sort((a, b) => a - b);
      const ofDay = LEVELS.map((level) => quantile(day, level));
      for (let step = 0; step < horizon; step++) {
        const truth = values[start + step]!;
        if (Number.isNaN(truth)) continue;
        const lastValue = history[start - 1]!;
        const dayBefore = history[start - DAY + (step % DAY)]!;
        addUp(
          methods.naive,
          truth,
          LEVELS.map(() => lastValue),
          scale,
        );
        addUp(
          methods.seasonal,
          truth,
          LEVELS.map(() => dayBefore),
          scale,
        );
        addUp(methods.day, truth, ofDay, scale);
      }
    }
  }
  return { naive: scores(methods.naive), seasonal: scores(methods.seasonal), day: scores(methods.day) };
}

type Sums = ReturnType<typeof emptySums>;

function emptySums() {
  return { scaled: 0, scaledCount: 0, pinball: 0, error: 0, size: 0 };
}

function addUp(sums: Sums, truth: number, quantiles: number[], scale: number): void {
  const error = Math.abs(truth - quantiles[4]!);
  sums.error += error;
  sums.size += Math.abs(truth);
  for (const [q, level] of LEVELS.entries()) {
    const difference = truth - quantiles[q]!;
    sums.pinball += 2 * Math.max(level * difference, (level - 1) * difference);
  }
  if (!(scale > 0)) return;
  sums.scaled += error / scale;
  sums.scaledCount++;
}

function scores({ scaled, scaledCount, pinball, error, size }: Sums): PlainScores {
  return { mase: scaled / scaledCount, crps: pinball / LEVELS.length / size, nd: error / size };
}

function withoutGaps(history: number[]): number[] {
  let carried = history.find((value) => !Number.isNaN(value)) ?? 0;
  return history.map((value) => {
    carried = Number.isNaN(value) ? carried : value;
    return carried;
  });
}

function seasonalScale(history: number[]): number {
  const changes = history.slice(DAY).map((value, t) => Math.abs(value - history[t]!));
  const known = changes.filter((change) => !Number.isNaN(change));
  return known.reduce((a, b) => a + b, 0) / known.length;
}

function quantile(sorted: number[], level: number): number {
  const place = level * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  return low + (place % 1) * (sorted[Math.ceil(place)]! - low);
}
