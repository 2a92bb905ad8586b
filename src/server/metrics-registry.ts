// Counters, gauges and histograms, and their text for scrapers: the Prometheus exposition format 0.0.4.

/** Values of the labels of one series, by label name. */
export type LabelValues = Readonly<Record<string, string>>;

/** A number that only grows. */
export interface Counter {
  add(amount?: number, labels?: LabelValues): void;
}

/** A number that is set. */
export interface Gauge {
  set(value: number, labels?: LabelValues): void;
}

/** A distribution. */
export interface Histogram {
  observe(value: number, labels?: LabelValues): void;
}

/** The metrics of a process. A name is registered once; labels must come from a fixed, small set of values. */
export interface MetricsRegistry {
  /** @param name Ends in `_total`. */
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  /** A gauge whose value is read when it is scraped; undefined leaves it out. */
  gaugeFrom(name: string, help: string, read: () => number | undefined): void;
  /** A counter that is kept elsewhere and read when it is scraped. */
  counterFrom(name: string, help: string, read: () => number): void;
  /** @param bounds Upper bounds of the buckets, increasing, without +Inf. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  /** All metrics as text; its media type is {@link EXPOSITION_TYPE}. */
  text(): string;
}

/** Media type of the exposition text. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Makes an empty registry. */
export function createMetricsRegistry(): MetricsRegistry {
  const families = new Map<string, () => string[]>();
  const register = (name: string, help: string, type: string, samples: () => string[]): void => {
    if (families.has(name)) throw new Error(`metric ${name}: Expected a new name, but it is registered`);
    families.set(name, () => [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...samples()]);
  };
  const numbers = (name: string, help: string, type: string): Map<string, number> => {
    const series = new Map<string, number>();
    register(name, help, type, () => [...series].map(([labels, value]) => `${name}${labels} ${numberText(value)}`));
    return series;
  };
  const read = (name: string, help: string, type: string, value: () => number | undefined): void =>
    register(name, help, type, () => {
      const now = value();
      return now === undefined ? [] : [`${name} ${numberText(now)}`];
    });

  return {
    counter(name, help) {
      const series = numbers(name, help, "counter");
      return {
        add(amount = 1, labels) {
          const key = labelText(labels);
          series.set(key, (series.get(key) ?? 0) + amount);
        },
      };
    },
    gauge(name, help) {
      const series = numbers(name, help, "gauge");
      return { set: (value, labels) => void series.set(labelText(labels), value) };
    },
    gaugeFrom: (name, help, value) => read(name, help, "gauge", value),
    counterFrom: (name, help, value) => read(name, help, "counter", value),
    histogram(name, help, bounds) {
      const series = new Map<string, { labels: LabelValues; counts: number[]; sum: number }>();
      register(name, help, "histogram", () => [...series.values()].flatMap((one) => bucketLines(name, bounds, one)));
      return {
        observe(value, labels = {}) {
          const key = labelText(labels);
          const one = series.get(key) ?? { labels, counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 };
          const bucket = bounds.findIndex((bound) => value <= bound);
          one.counts[bucket < 0 ? bounds.length : bucket]!++;
          one.sum += value;
          series.set(key, one);
        },
      };
    },
    text: () => `${[...families.values()].flatMap((lines) => lines()).join("\n")}\n`,
  };
}

function bucketLines(
  name: string,
  bounds: readonly number[],
  { labels, counts, sum }: { labels: LabelValues; counts: readonly number[]; sum: number },
): string[] {
  let total = 0;
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, index) => {
    total += counts[index]!;
    return `${name}_bucket${labelText({ ...labels, le: numberText(bound) })} ${total}`;
  });
  return [
    ...buckets,
    `${name}_sum${labelText(labels)} ${numberText(sum)}`,
    `${name}_count${labelText(labels)} ${total}`,
  ];
}

function labelText(labels: LabelValues = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

function escapeValue(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
