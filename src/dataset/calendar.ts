// Calendar variables in UTC and the position relative to the origin, for past and future steps.
import { DAY_MS, stepsPerDay } from "./grid.ts";
import type { InputSpec, VariableSpec } from "./input-spec.ts";
import type { TokenColumn } from "./token-layout.ts";

/**
 * The calendar's variables: cycles as sine and cosine, flags, and the distance from the origin in horizons. The day of the
 * month only with two months of training data: in less it names the days, and the network learns them by heart.
 */
const CALENDAR_VARIABLES: readonly VariableSpec[] = [
  { name: "time_of_day", channels: 2 },
  { name: "day_of_week", channels: 2 },
  { name: "day_of_month", channels: 2 },
  { name: "weekend", channels: 1 },
  { name: "relative_step", channels: 1 },
];

/** Shortest training data that has every day of the month twice. */
const TWO_MONTHS_MS = 62 * DAY_MS;

/** The calendar's variables for training data of this length. */
export function calendarVariables(trainingSpanMs: number): VariableSpec[] {
  return CALENDAR_VARIABLES.filter(({ name }) => name !== "day_of_month" || trainingSpanMs >= TWO_MONTHS_MS);
}

/** How many of the known variables of a spec are the calendar's: all but the lags of its targets. */
export function calendarCount({ known, targets }: Pick<InputSpec, "known" | "targets">): number {
  return known.length - targets.length;
}

/** Writes calendar variables. */
export interface Calendar {
  /**
   * Writes `steps` steps of all calendar variables of the spec, which stand one after the other in a token.
   * @param column Column of the first of them.
   * @param firstStepMs Start of the first step, epoch milliseconds, a multiple of the interval.
   * @param firstOffset Offset of the first step from the origin: 1 for the future, 1 - contextSteps for the past.
   */
  write(column: TokenColumn, firstStepMs: number, steps: number, firstOffset: number): void;
}

interface DayValues {
  weekSine: number;
  weekCosine: number;
  monthSine: number;
  monthCosine: number;
  weekend: number;
}

/** Makes a calendar for the grid of `spec`. */
export function createCalendar(spec: InputSpec): Calendar {
  const { patchSteps, horizonSteps } = spec;
  const daySteps = stepsPerDay(spec);
  const sines = Float32Array.from({ length: daySteps }, (_, i) => Math.sin((2 * Math.PI * i) / daySteps));
  const cosines = Float32Array.from({ length: daySteps }, (_, i) => Math.cos((2 * Math.PI * i) / daySteps));
  const hasMonth = spec.known.slice(0, calendarCount(spec)).some(({ name }) => name === "day_of_month");
  const week = 2 * patchSteps;
  const month = 4 * patchSteps;
  const weekend = (hasMonth ? 6 : 4) * patchSteps;
  const relative = weekend + patchSteps;

  return {
    write(column, firstStepMs, steps, firstOffset) {
      const { out, tokenSize } = column;
      let dayMs = Math.floor(firstStepMs / DAY_MS) * DAY_MS;
      let stepOfDay = Math.round((firstStepMs - dayMs) / spec.intervalMs);
      let day = valuesOfDay(dayMs);
      for (let step = 0, token = column.start; step < steps; step += patchSteps, token += tokenSize) {
        for (let p = 0; p < patchSteps; p++, stepOfDay++) {
          if (stepOfDay === daySteps) {
            stepOfDay = 0;
            dayMs += DAY_MS;
            day = valuesOfDay(dayMs);
          }
          const pair = token + 2 * p;
          out[pair] = sines[stepOfDay]!;
          out[pair + 1] = cosines[stepOfDay]!;
          out[pair + week] = day.weekSine;
          out[pair + week + 1] = day.weekCosine;
          if (hasMonth) {
            out[pair + month] = day.monthSine;
            out[pair + month + 1] = day.monthCosine;
          }
          out[token + weekend + p] = day.weekend;
          out[token + relative + p] = (firstOffset + step + p) / horizonSteps;
        }
      }
    },
  };
}

function valuesOfDay(dayMs: number): DayValues {
  const date = new Date(dayMs);
  const dayOfWeek = date.getUTCDay();
  const week = (2 * Math.PI * dayOfWeek) / 7;
  const daysOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const month = (2 * Math.PI * (date.getUTCDate() - 1)) / daysOfMonth;
  return {
    weekSine: Math.sin(week),
    weekCosine: Math.cos(week),
    monthSine: Math.sin(month),
    monthCosine: Math.cos(month),
    weekend: dayOfWeek === 0 || dayOfWeek === 6 ? 1 : 0,
  };
}
