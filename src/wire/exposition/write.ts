// Many series as text in format 0.0.4, such as the forecasts of a fleet.
import { type Label, NAME_LABEL } from "../labels/label-set.ts";

/** A metric with its samples. */
export interface ExpositionFamily {
  name: string;
  help: string;
  type: "counter" | "gauge" | "untyped";
  samples: Iterable<ExpositionSample>;
}

/** One line; `__name__` among the labels is ignored. */
export interface ExpositionSample {
  labels: readonly Label[];
  value: number;
}

/** Writes families in format 0.0.4, for the content type `text/plain; version=0.0.4; charset=utf-8`. */
export function writeExposition(families: Iterable<ExpositionFamily>): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of families) {
    lines.push(`# HELP ${name} ${escapeText(help, /[\\\n]/g)}`, `# TYPE ${name} ${type}`);
    for (const { labels, value } of samples) lines.push(`${name}${labelsText(labels)} ${valueText(value)}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function labelsText(labels: readonly Label[]): string {
  const pairs = labels
    .filter(([name]) => name !== NAME_LABEL)
    .map(([name, value]) => `${nameText(name)}="${escapeText(value, /[\\\n"]/g)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function nameText(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : `"${escapeText(name, /[\\\n"]/g)}"`;
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}

function escapeText(text: string, special: RegExp): string {
  return text.replace(special, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
