// Numbers as the Prometheus HTTP API writes them: texts, since JSON has no infinities.

const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  "+Inf": Number.POSITIVE_INFINITY,
  Inf: Number.POSITIVE_INFINITY,
  "-Inf": Number.NEGATIVE_INFINITY,
};

/** The number of a text such as "0.5", "NaN" or "+Inf"; NaN for anything else. */
export function parseValue(text: string): number {
  const number = Number(text);
  // Looking a text up by its name is slow, and few are special; blanks are 0 to Number.
  if (Number.isNaN(number)) return SPECIAL[text] ?? Number.NaN;
  return number === 0 && text.trim() === "" ? Number.NaN : number;
}

/** A label set for messages: `up{instance="a:9100", job="node"}`. */
export function seriesText(labels: Readonly<Record<string, string>>): string {
  const { __name__: name = "", ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(", ")}}`;
}
