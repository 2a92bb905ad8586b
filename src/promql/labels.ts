// Label sets, kept as flat sorted lists: [name, value, name, value, ...]. An empty value is the same as no label.

/** A label set, sorted by name, without empty values. */
export type Labels = readonly string[];

/** The label that holds a metric's name. */
export const METRIC_NAME = "__name__";

/** The empty label set. */
export const NO_LABELS: Labels = [];

/** A label set from names and values in any order; of a name given twice the last counts. */
export function labelsOf(record: Readonly<Record<string, string>>): Labels {
  return fromEntries(Object.entries(record));
}

function fromEntries(entries: readonly (readonly [string, string])[]): Labels {
  return entries
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flat();
}

/** A label set as the HTTP API writes it. */
export function labelRecord(labels: Labels): Record<string, string> {
  return Object.fromEntries(labelEntries(labels));
}

/** Name and value pairs in order of names. */
export function labelEntries(labels: Labels): [string, string][] {
  const entries: [string, string][] = [];
  for (let i = 0; i < labels.length; i += 2) entries.push([labels[i]!, labels[i + 1]!]);
  return entries;
}

/** The value of a label, empty if it is not there. */
export function labelValue(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1]!;
  return "";
}

/** Only the labels named. */
export function keepLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  return filterLabels(labels, names, true);
}

/** All labels but those named. */
export function dropLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  return filterLabels(labels, names, false);
}

function filterLabels(labels: Labels, names: ReadonlySet<string>, isKept: boolean): Labels {
  const left: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    if (names.has(labels[i]!) === isKept) left.push(labels[i]!, labels[i + 1]!);
  }
  return left;
}

const NAME_ONLY: ReadonlySet<string> = new Set([METRIC_NAME]);

/** All labels but the metric's name. */
export function dropName(labels: Labels): Labels {
  return labels.includes(METRIC_NAME) ? dropLabels(labels, NAME_ONLY) : labels;
}

/** The labels with one set to `value`; an empty value removes it. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  return fromEntries([...labelEntries(labels).filter(([other]) => other !== name), [name, value]]);
}

/** The labels of two sets that share no name. */
export function joinLabels(a: Labels, b: Labels): Labels {
  return b.length === 0 ? a : fromEntries([...labelEntries(a), ...labelEntries(b)]);
}

/** A text that two label sets share if and only if they are equal. */
export function labelKey(labels: Labels): string {
  return JSON.stringify(labels);
}

/** Orders label sets as Prometheus does: pair by pair, shorter sets first. */
export function compareLabels(a: Labels, b: Labels): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  }
  return a.length - b.length;
}

/** `name{label="value"}` for messages. */
export function formatLabels(labels: Labels): string {
  const pairs = labelEntries(dropName(labels)).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${labelValue(labels, METRIC_NAME)}{${pairs.join(", ")}}`;
}
