// Labels of a point, from the cache where its attributes were seen before.

import { sharedSet } from "../labels/label-cache.ts";
import { type Label, type LabelSet, labelSetOf, NAME_LABEL, shown } from "../labels/label-set.ts";
import type { Fault } from "../labels/rejections.ts";
import type { Cursor } from "../protobuf/reader.ts";
import { countSample } from "../samples.ts";
import { readAttributes } from "./attributes.ts";
import type { OtlpContext } from "./context.ts";
import { type ResourceLabels, translateAttributes } from "./resource.ts";

/** What the points of a metric have in common. */
export interface PointGroup {
  /** Translated name of the metric. */
  readonly name: string;
  readonly resource: ResourceLabels;
  /** Stands for resource and name in keys of the cache. */
  readonly number: number;
}

/** Counts a point that is not taken. */
export function rejectPoint(context: OtlpContext, fault: Fault, { name }: PointGroup, at: number): void {
  const { columns, limits, cursor, rejections } = context;
  countSample(columns, limits, cursor.subject);
  rejections.add(fault, `point of ${shown(name)} (byte ${at})`, 1);
}

/** Where fields of one kind are in a message: one run of bytes, unless other fields lie between. */
export interface FieldRun {
  start: number;
  end: number;
  scattered: boolean;
}

/** A run that no field was added to. */
export function emptyRun(at: number): FieldRun {
  return { start: at, end: at, scattered: false };
}

/** Adds the field from `start` to before `end`. */
export function extendRun(run: FieldRun, start: number, end: number): void {
  if (run.start === run.end) run.start = start;
  else if (run.end !== start) run.scattered = true;
  run.end = end;
}

/** The bytes of a run as a key, or null if it has other fields within. */
export function keyOfRun(cursor: Cursor, run: FieldRun): string | null {
  return run.scattered ? null : cursor.bytes.toString("latin1", run.start, run.end);
}

/** Label sets under `key`, made by `make` if they are not in the cache. A null key is not cached. */
export function internedSets(
  { cache }: OtlpContext,
  key: string | null,
  make: () => readonly LabelSet[] | Fault,
): readonly LabelSet[] | Fault {
  const known = key === null ? undefined : cache.otlp.get(key);
  if (known !== undefined) return known;
  const sets = make();
  if ("reason" in sets || key === null) return sets;
  const shared = sets.map((set) => sharedSet(cache, set));
  cache.otlp.set(key, shared);
  return shared;
}

/** Labels of a point without its name: attributes, then what is promoted, then job and instance, which win. */
export function pointLabels(
  { cursor, limits }: OtlpContext,
  field: number,
  { start, end }: FieldRun,
  { resource }: PointGroup,
): Label[] | Fault {
  const attributes = readAttributes(cursor, field, start, end, limits.labels, limits);
  if ("reason" in attributes) return attributes;
  const labels = new Map([...resource.promoted, ...translateAttributes(attributes), ...resource.identity]);
  labels.delete(NAME_LABEL);
  return [...labels];
}

/** One label set for each name and further labels, or the first fault. */
export function setsOf(
  labels: readonly Label[],
  variants: readonly (readonly [name: string, ...more: Label[]])[],
  { limits }: OtlpContext,
): readonly LabelSet[] | Fault {
  const sets: LabelSet[] = [];
  for (const [name, ...more] of variants) {
    const own = labels.filter(([label]) => more.every(([taken]) => taken !== label));
    const set = labelSetOf([[NAME_LABEL, name], ...own, ...more], limits);
    if ("reason" in set) return set;
    sets.push(set);
  }
  return sets;
}
