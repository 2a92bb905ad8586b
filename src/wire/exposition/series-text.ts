// The part of a line before the value: name{label="value"}, or {"name",label="value"} for names beyond the old characters.
import type { Label } from "../labels/label-set.ts";
import { NAME_LABEL } from "../labels/label-set.ts";

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const STRING = /"((?:[^"\\\n]|\\.)*)"/y;
const BLANKS = /[ \t]*/y;

const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Where the series text of a line ends: after its closing brace, or before the first blank.
 * @returns -1 if a brace or quote is not closed within the line.
 */
export function endOfSeries(bytes: Uint8Array, start: number, lineEnd: number): number {
  let at = start;
  while (at < lineEnd && bytes[at] !== OPEN && !isBlank(bytes[at]!)) at++;
  const open = skipBlanks(bytes, at, lineEnd);
  if (bytes[open] !== OPEN || open >= lineEnd) return at;
  let quoted = false;
  for (let inside = open + 1; inside < lineEnd; inside++) {
    const byte = bytes[inside];
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted && byte === BACKSLASH) inside++;
    else if (!quoted && byte === CLOSE) return inside + 1;
  }
  return -1;
}

/** The first position from `at` on that is no blank or tab. */
export function skipBlanks(bytes: Uint8Array, at: number, lineEnd: number): number {
  let next = at;
  while (next < lineEnd && isBlank(bytes[next]!)) next++;
  return next;
}

/** Whether a byte is a blank or a tab. */
export function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

/**
 * Parses a series text. Labels with an empty value are left out: they are the same as no label.
 * @returns Labels with `__name__`, or what was expected.
 */
export function parseSeries(text: string): Label[] | string {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at += match[0].length;
    return match;
  };
  const takeName = (pattern: RegExp): string | undefined => {
    const quoted = take(STRING);
    return quoted === null ? take(pattern)?.[0] : unescapeText(quoted[1]!);
  };
  const takeCharacter = (character: string): boolean => {
    take(BLANKS);
    if (text[at] !== character) return false;
    at++;
    return true;
  };

  const labels: Label[] = [];
  const name = take(NAME)?.[0];
  if (name !== undefined) labels.push([NAME_LABEL, name]);
  if (at === text.length && name !== undefined) return labels;
  if (!takeCharacter("{")) return "a metric name";
  while (!takeCharacter("}")) {
    const label = takeName(LABEL_NAME);
    if (label === undefined) return "a label name";
    if (takeCharacter("=")) {
      take(BLANKS);
      const value = take(STRING)?.[1];
      if (value === undefined) return "a label value in quotes";
      if (value !== "") labels.push([label, unescapeText(value)]);
    } else if (name === undefined && labels.length === 0) labels.push([NAME_LABEL, label]);
    else return `"=" after the label ${JSON.stringify(label)}`;
    if (!takeCharacter(",") && text[at] !== "}") return 'a comma or "}" after a label';
  }
  if (labels[0]?.[0] !== NAME_LABEL) return "a metric name";
  return labels;
}

/** Resolves the escapes of label values, names and help; a backslash before another character stays. */
export function unescapeText(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([\\"n])/g, (_, character: string) => (character === "n" ? "\n" : character));
}
