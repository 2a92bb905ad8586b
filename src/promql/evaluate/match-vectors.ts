// Operators between two vectors: series find each other by their signature, the labels that must agree.
import { queryFailed } from "../errors.ts";
import {
  dropLabels,
  dropName,
  formatLabels,
  joinLabels,
  keepLabels,
  type Labels,
  labelKey,
  METRIC_NAME,
} from "../labels.ts";
import type { Binary, VectorMatching } from "../syntax/ast.ts";
import type { EvaluationContext } from "./context.ts";
import { type Combination, combinationOf, dropsName } from "./operators.ts";
import { emptySeries, mergeSeries, type StepSeries } from "./values.ts";

/** Series of one side by signature. */
type Signatures = ReadonlyMap<string, readonly StepSeries[]>;

/** `and`, `or` and `unless`: which series stay, step by step. */
export async function combineSets(
  { operator, matching, start }: Binary,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
  steps: number,
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const results: StepSeries[] = operator === "or" ? [...left] : [];
  const kept = operator === "or" ? right : left;
  const signatureOf = signatures(matching);
  const others = presences(bySignature(operator === "or" ? left : right, signatureOf), steps);
  const wanted = operator === "and" ? 1 : 0;
  const nowhere = new Uint8Array(steps);
  for (const one of kept) {
    context.budget.takePoints(steps);
    const other = others.get(signatureOf(one.labels)) ?? nowhere;
    const present = one.present.map((isPresent, step) => (isPresent === 1 && other[step] === wanted ? 1 : 0));
    if (present.includes(1)) results.push({ labels: one.labels, values: one.values, present });
    await context.budget.pause();
  }
  return mergeSeries(results, context.positionOf({ start }));
}

/** Arithmetic and comparisons between series of equal signature, one to one or many to one. */
export async function combineVectors(
  binary: Binary,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
  steps: number,
  context: EvaluationContext,
): Promise<StepSeries[]> {
  const { matching } = binary;
  const isSwapped = matching.many === "right";
  const [many, one] = isSwapped ? [right, left] : [left, right];
  const apply = combinationOf(binary, "left");
  const combineValues: Combination = isSwapped ? (a, b) => apply(b, a) : apply;
  const signatureOf = signatures(matching);
  const ones = bySignature(one, signatureOf);
  const manys = bySignature(many, signatureOf);
  const labelsOf = resultLabels(binary);
  const isAnyMany = anyPresence(many, steps);
  const results: StepSeries[] = [];
  for (const partners of ones.values()) checkUnique(partners, isAnyMany, binary, context);
  for (const [signature, members] of manys) {
    const partners = ones.get(signature);
    if (partners === undefined) continue;
    const pairs: StepSeries[] = [];
    for (const member of members) {
      for (const partner of partners) {
        context.budget.takePoints(steps);
        pairs.push(combinePair(labelsOf(member.labels, partner.labels), member, partner, combineValues));
      }
      await context.budget.pause();
    }
    if (matching.many === null) checkOneToOne(pairs, members, binary, context);
    for (const pair of pairs) results.push(pair);
  }
  return mergeSeries(results, context.positionOf(binary));
}

function combinePair(labels: Labels, member: StepSeries, partner: StepSeries, combineValues: Combination): StepSeries {
  const result = emptySeries(labels, member.values.length);
  for (let step = 0; step < member.values.length; step++) {
    if (member.present[step] === 0 || partner.present[step] === 0) continue;
    const value = combineValues(member.values[step]!, partner.values[step]!);
    if (value === undefined) continue;
    result.values[step] = value;
    result.present[step] = 1;
  }
  return result;
}

/** What gives the labels of a result for those of the many and of the one side. */
function resultLabels(binary: Binary): (member: Labels, partner: Labels) => Labels {
  const { isOn, labels, many, include } = binary.matching;
  const baseOf = (member: Labels) => (dropsName(binary) ? dropName(member) : member);
  if (many !== null) {
    const copied = new Set(include);
    return (member, partner) => joinLabels(dropLabels(baseOf(member), copied), keepLabels(partner, copied));
  }
  const names = new Set(labels);
  return isOn ? (member) => keepLabels(baseOf(member), names) : (member) => dropLabels(baseOf(member), names);
}

/** At no step may two series of the one side have the same signature. */
function checkUnique(
  partners: readonly StepSeries[],
  isAnyMany: Uint8Array,
  binary: Binary,
  context: EvaluationContext,
): void {
  if (partners.length < 2) return;
  const seen = new Uint8Array(isAnyMany.length);
  for (const { labels, present } of partners) {
    context.budget.work(present.length);
    for (let step = 0; step < present.length; step++) {
      if (present[step] === 0 || isAnyMany[step] === 0) continue;
      if (seen[step] === 1) {
        const side = binary.matching.many === "right" ? "left" : "right";
        const got = `a second one: ${formatLabels(labels)}`;
        throw queryFailed(
          `one series for each match on the ${side} of ${binary.operator}`,
          got,
          context.positionOf(binary),
        );
      }
      seen[step] = 1;
    }
  }
}

/** Without group_left or group_right no two series may match the same one. */
function checkOneToOne(
  pairs: readonly StepSeries[],
  members: readonly StepSeries[],
  binary: Binary,
  context: EvaluationContext,
): void {
  if (members.length < 2) return;
  const seen = new Uint8Array(pairs[0]!.present.length);
  for (const { present } of pairs) {
    for (let step = 0; step < present.length; step++) {
      if (present[step] === 1 && seen[step] === 1) {
        const got = `many on the left: ${formatLabels(members[0]!.labels)} and others`;
        throw queryFailed("group_left or group_right for many to one", got, context.positionOf(binary));
      }
      seen[step]! |= present[step]!;
    }
  }
}

function bySignature(series: readonly StepSeries[], signatureOf: (labels: Labels) => string): Signatures {
  const groups = new Map<string, StepSeries[]>();
  for (const one of series) {
    const signature = signatureOf(one.labels);
    const group = groups.get(signature);
    if (group === undefined) groups.set(signature, [one]);
    else group.push(one);
  }
  return groups;
}

/** What gives the labels that must agree, as one text. */
function signatures({ isOn, labels }: VectorMatching): (labels: Labels) => string {
  const names = new Set(isOn ? labels : [...labels, METRIC_NAME]);
  return isOn ? (own) => labelKey(keepLabels(own, names)) : (own) => labelKey(dropLabels(own, names));
}

function presences(groups: Signatures, steps: number): Map<string, Uint8Array> {
  return new Map([...groups].map(([signature, series]) => [signature, anyPresence(series, steps)]));
}

/** 1 at every step at which any of the series has a value. */
function anyPresence(series: readonly StepSeries[], steps: number): Uint8Array {
  const any = new Uint8Array(steps);
  for (const { present } of series) for (let step = 0; step < steps; step++) any[step]! |= present[step]!;
  return any;
}
