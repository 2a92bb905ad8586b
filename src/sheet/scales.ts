// Scales from values to places on a chart, and the round values worth a label.
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./words.ts";

/** Places values between `from` and `to` on a line from `start` to `end`. */
export interface Scale {
  (value: number): number;
  from: number;
  to: number;
}

/** A scale in proportion to the value. */
export function linearScale(from: number, to: number, start: number, end: number): Scale {
  return Object.assign((value: number) => start + ((value - from) / (to - from)) * (end - start), { from, to });
}

/** A logarithmic scale over positive values; smaller ones are placed at its start. */
export function logScale(from: number, to: number, start: number, end: number): Scale {
  const place = linearScale(Math.log(from), Math.log(to), start, end);
  return Object.assign((value: number) => place(Math.log(Math.max(value, from))), { from, to });
}

/** Bounds of a logarithmic axis: those of the values with some room, and at least a factor of ten apart. */
export function logBounds(lowest: number, highest: number, floor: number): [from: number, to: number] {
  const low = Math.max(floor, lowest) / 1.2;
  const high = Math.max(low, highest) * 1.2;
  const missing = Math.max(1, Math.sqrt(10 / (high / low)));
  return [low / missing, high * missing];
}

/** Powers of ten between two bounds, or where fewer than two lie there, their doubles and fives as well. */
export function logTicks(from: number, to: number): number[] {
  const powers = Array.from({ length: 31 }, (_, index) => index - 15);
  const within = (digits: readonly number[]): number[] =>
    powers
      .flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)))
      .filter((value) => from <= value && value <= to);
  const tens = within([1]);
  return tens.length >= 2 ? tens : within([1, 2, 5]);
}

/** Round numbers from one bound to the other, both included where they are round, about `most` of them at the most. */
export function linearTicks(from: number, to: number, most: number): number[] {
  const rough = (to - from) / most;
  if (!(rough > 0)) return [from];
  const power = Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((digit) => digit * 10 ** power >= rough * (1 - 1e-9))!;
  const [step, digits] = [factor * 10 ** power, Math.max(0, -power)];
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toFixed(digits)));
}

/** Numbers of ticks as texts with the same decimals, as many as the finest needs. */
export function tickLabels(ticks: readonly number[]): string[] {
  const digits = Math.max(0, ...ticks.map((tick) => String(tick).split(".")[1]?.length ?? 0));
  return ticks.map((tick) => tick.toFixed(digits));
}

/** Round times between two bounds, at most `most` of them, and how far they are apart. */
export function timeTicks(fromMs: number, toMs: number, most: number): { stepMs: number; timesMs: number[] } {
  const steps = [5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS, ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS)];
  const days = [1, 2, 5, 10, 30, 90, 365].map((count) => count * DAY_MS);
  const stepMs = [...steps, ...days].find((step) => (toMs - fromMs) / step <= most) ?? 3650 * DAY_MS;
  const timesMs: number[] = [];
  // Steps longer than a day are counted from the first midnight, shorter ones from any.
  const originMs = stepMs > DAY_MS ? Math.ceil(fromMs / DAY_MS) * DAY_MS : Math.ceil(fromMs / stepMs) * stepMs;
  for (let timeMs = originMs; timeMs <= toMs; timeMs += stepMs) timesMs.push(timeMs);
  return { stepMs, timesMs };
}
