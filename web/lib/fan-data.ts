// What a fan chart shows, on one axis of time: what was measured, what was forecast so long ahead of it, what comes.

/** Quantiles of a metric from a time on, one value a step; null is missing. */
export interface Band {
  startMs: number;
  low: readonly (number | null)[];
  median: readonly (number | null)[];
  high: readonly (number | null)[];
}

type Column = (number | null)[];

/** Columns of a fan chart; times in epoch seconds, all lists equally long, null where there is nothing. */
export interface FanData {
  times: number[];
  past: Column;
  low: Column;
  median: Column;
  high: Column;
  /** What was forecast so long ahead of what was measured. */
  earlier: { low: Column; median: Column; high: Column };
  /** 0 without a forecast. */
  originSeconds: number;
}

/** Puts a history, a forecast from its end on, and the forecasts made before, onto one axis. */
export function fanData(
  past: { startMs: number; values: readonly (number | null)[] },
  forecast: Band | null,
  earlier: Band | null,
  intervalMs: number,
): FanData {
  const ahead = forecast?.median.length ?? 0;
  const nothing = (count: number) => new Array<null>(count).fill(null);
  const shown =
    forecast === null ? past.values : past.values.filter((_, at) => past.startMs + at * intervalMs < forecast.startMs);
  const timesMs = [
    ...shown.map((_, at) => past.startMs + at * intervalMs),
    ...nothing(ahead).map((_, at) => forecast!.startMs + at * intervalMs),
  ];
  const after = (values: readonly (number | null)[] | undefined) => [...nothing(shown.length), ...(values ?? [])];
  const under = (values: readonly (number | null)[] | undefined) =>
    timesMs.map((timeMs, at) =>
      at < shown.length ? (values?.[Math.round((timeMs - earlier!.startMs) / intervalMs)] ?? null) : null,
    );
  return {
    times: timesMs.map((ms) => ms / 1000),
    past: [...shown, ...nothing(ahead)],
    low: after(forecast?.low),
    median: after(forecast?.median),
    high: after(forecast?.high),
    earlier: { low: under(earlier?.low), median: under(earlier?.median), high: under(earlier?.high) },
    originSeconds: (forecast?.startMs ?? 0) / 1000,
  };
}
