// Label sets and their fingerprint, as Alertmanager makes it: the identity of an alert.
import { matchesGlob, sha256 } from "../base/index.ts";

/** A label set; names are unique. */
export type Labels = Readonly<Record<string, string>>;

const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const SEPARATOR = 0xff;

/** FNV-1a 64 over sorted name, 0xFF, value, 0xFF, in 16 hexadecimal digits (prometheus/common, model/signature.go). */
export function fingerprint(labels: Labels): string {
  let hash = OFFSET_BASIS;
  const add = (byte: number) => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  };
  for (const name of Object.keys(labels).sort()) {
    for (const text of [name, labels[name]!]) {
      for (const byte of Buffer.from(text)) add(byte);
      add(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, "0");
}

/** Key of one state of one alert; the same on every try, so that receivers can drop repeats. */
export function idempotencyId(fingerprint: string, startsAtMs: number, state: string): string {
  return sha256(`${fingerprint}\n${startsAtMs}\n${state}`);
}

/** Selects label sets: every named label must (or must not) equal the text, in which `*` stands for any characters. */
export interface Matcher {
  name: string;
  /** True for "is like", false for "is not like". */
  isEqual: boolean;
  value: string;
}

/** Whether a label set meets every matcher; an absent label is the empty text, as in Alertmanager. */
export function matchesLabels(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every(({ name, isEqual, value }) => {
    const text = Object.hasOwn(labels, name) ? labels[name]! : "";
    return matchesGlob(text, value) === isEqual;
  });
}
