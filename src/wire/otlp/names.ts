// Names of OTLP as Prometheus' default strategy UnderscoreEscapingWithSuffixes translates them: characters escaped, unit
// and type as suffixes. Source: prometheus/otlptranslator metric_namer.go, unit_namer.go, label_namer.go.

/** What a metric is, as far as its name depends on it. */
export type MetricKind = "gauge" | "counter" | "upDownCounter" | "histogram";

/** UCUM units and their words; another unit stands for itself. */
const UNITS = new Map([
  ...Object.entries({ d: "days", h: "hours", min: "minutes", s: "seconds", ms: "milliseconds", us: "microseconds" }),
  ...Object.entries({ ns: "nanoseconds", By: "bytes", KiBy: "kibibytes", MiBy: "mebibytes", GiBy: "gibibytes" }),
  ...Object.entries({ TiBy: "tibibytes", KBy: "kilobytes", MBy: "megabytes", GBy: "gigabytes", TBy: "terabytes" }),
  ...Object.entries({ m: "meters", V: "volts", A: "amperes", J: "joules", W: "watts", g: "grams" }),
  ...Object.entries({ Cel: "celsius", Hz: "hertz", "1": "", "%": "percent" }),
]);

/** Units after the slash. */
const PER_UNITS = new Map(
  Object.entries({ s: "second", m: "minute", h: "hour", d: "day", w: "week", mo: "month", y: "year" }),
);

/**
 * Name of a metric for Prometheus, such as `system_memory_usage_bytes`.
 * @returns Null if nothing but underscores would be left.
 */
export function metricName(name: string, unit: string, kind: MetricKind): string | null {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== "");
  words.push(...unitWords(unit).filter((word) => word !== "" && !words.includes(word)));
  if (kind === "counter") words = [...words.filter((word) => word !== "total"), "total"];
  if (kind === "gauge" && unit === "1") words = [...words.filter((word) => word !== "ratio"), "ratio"];
  const joined = words.join("_");
  const result = /^[0-9]/.test(joined) ? `_${joined}` : joined;
  return /[^_]/.test(result) ? result : null;
}

/**
 * Name of a label for Prometheus, such as `http_method`.
 * @returns Null if nothing but underscores would be left of another name.
 */
export function labelName(attribute: string): string | null {
  const escaped = attribute.replace(/[^a-zA-Z0-9_]/gu, "_");
  if (!/[^_]/.test(escaped)) return escaped === attribute && escaped !== "" ? escaped : null;
  if (/^[0-9]/.test(escaped)) return `key_${escaped}`;
  return escaped.startsWith("_") && !escaped.startsWith("__") ? `key${escaped}` : escaped;
}

/** The suffixes of a unit: `By/s` gives `bytes` and `per_second`. Annotations in braces have no word. */
function unitWords(unit: string): string[] {
  const slash = unit.indexOf("/");
  const word = (text: string, words: ReadonlyMap<string, string>): string =>
    /[{}]/.test(text) ? "" : clean(words.get(text) ?? text);
  const main = word((slash < 0 ? unit : unit.slice(0, slash)).trim(), UNITS);
  const per = slash < 0 ? "" : word(unit.slice(slash + 1).trim(), PER_UNITS);
  return [main, per === "" ? "" : `per_${per}`];
}

/** Only letters, digits and single underscores within. */
function clean(unit: string): string {
  return unit.replace(/[^a-zA-Z0-9:]+/g, "_").replace(/^_|_$/g, "");
}
