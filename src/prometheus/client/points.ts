// The samples of large answers, read without an object for each: a range over a fleet has millions of them.
import { parseValue } from "../value.ts";

/** Samples of one series. */
export class Points {
  /** Epoch milliseconds. */
  readonly timesMs: Float64Array;
  readonly values: Float64Array;

  constructor(timesMs: Float64Array, values: Float64Array) {
    this.timesMs = timesMs;
    this.values = values;
  }
}

/** An answer whose lists of samples are taken out: in place of list i stands the number i. */
export interface LiftedAnswer {
  text: string;
  points: readonly Points[];
}

/** Where a list of samples begins. Within a JSON string its quotes would be escaped. */
const BEGIN = '"values":[';
const [QUOTE, COMMA, OPEN, CLOSE, ZERO, NINE] = [...'",[]09'].map((letter) => letter.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
  number,
];

/** Takes the lists `[[seconds,"value"],...]` out of an answer; one that is written in another way is left as it is. */
export function liftPoints(text: string): LiftedAnswer {
  const points: Points[] = [];
  const parts: string[] = [];
  let from = 0;
  for (let at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, from)) {
    const begin = at + BEGIN.length;
    const list = readList(text, begin);
    if (list === null) return { text, points: [] };
    parts.push(text.slice(from, begin - 1), String(points.length));
    points.push(list.points);
    from = list.end;
  }
  parts.push(text.slice(from));
  return { text: parts.join(""), points };
}

/** Reads a list from behind its bracket to behind its end; null if it is no plain list of samples. */
function readList(text: string, begin: number): { points: Points; end: number } | null {
  let timesMs = new Float64Array(64);
  let values = new Float64Array(64);
  let [count, at] = [0, begin];
  while (text.charCodeAt(at) === OPEN) {
    const comma = skipNumber(text, at + 1);
    const end = text.indexOf('"', comma + 2);
    const isSample = text.charCodeAt(comma) === COMMA && text.charCodeAt(comma + 1) === QUOTE && end > comma;
    if (!isSample || text.charCodeAt(end + 1) !== CLOSE) return null;
    if (count === values.length) [timesMs, values] = [grown(timesMs), grown(values)];
    const seconds = text.slice(at + 1, comma);
    const value = text.slice(comma + 2, end);
    timesMs[count] = Math.round(Number(seconds) * 1000);
    values[count] = parseValue(value);
    if (seconds === "" || Number.isNaN(timesMs[count]!) || (Number.isNaN(values[count]!) && value !== "NaN"))
      return null;
    count += 1;
    at = end + 2;
    if (text.charCodeAt(at) !== COMMA) break;
    at += 1;
    if (text.charCodeAt(at) !== OPEN) return null;
  }
  if (text.charCodeAt(at) !== CLOSE) return null;
  return { points: new Points(timesMs.slice(0, count), values.slice(0, count)), end: at + 1 };
}

/** The place behind digits and dots. */
function skipNumber(text: string, begin: number): number {
  let at = begin;
  for (let code = text.charCodeAt(at); (code >= ZERO && code <= NINE) || code === 46; code = text.charCodeAt(at))
    at += 1;
  return at;
}

function grown(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 4);
  larger.set(column);
  return larger;
}
