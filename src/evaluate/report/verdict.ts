// The verdict in words: whether the model is better than every baseline, where it is not, and what it is bad at.
import type { Comparison, EvaluationReport, PairedDifference } from "../evaluation-report.ts";
import { percent } from "./cells.ts";
import { aheadInWords, contenders, loses, profileInWords, ratioToBest } from "./figures.ts";

/** Most groups that are named; the tables hold the others. */
const MOST_NAMED = 8;

/** The first sentences of the report: what was seen in training, then the model against every baseline. */
export function headline(report: EvaluationReport): string[] {
  const groups = report.byMetric.map(({ metric }) => ({
    metric,
    differences: report.differences.filter((one) => one.metric === metric && one.measure === "pinball"),
  }));
  const judged = groups.filter(({ differences }) => differences.some(({ difference }) => difference.estimate !== null));
  const won = judged.filter(({ differences }) => differences.every(({ verdict }) => verdict === "better"));
  const seen = {
    no: [],
    possibly: ["This data may have been seen in training: the figures below prove nothing about data to come."],
    yes: ["This data was seen in training: the figures below prove nothing about data to come."],
  }[report.seenInTraining];
  if (judged.length === 0) return [...seen, "Nothing could be compared with the baselines."];
  return [...seen, wins(won.length, judged.length), ...judged.flatMap((group) => exceptions(group))];
}

function wins(won: number, judged: number): string {
  const [all, any] =
    judged === 1 ? ["the one metric", "the one metric"] : [`all ${judged} metrics`, `any of ${judged} metrics`];
  if (won === judged) return `The model is better than every baseline on ${all}.`;
  if (won === 0) return `The model is not proven better than every baseline on ${any}.`;
  return `The model is better than every baseline on ${won} of ${judged} metrics.`;
}

function exceptions({ metric, differences }: { metric: string; differences: PairedDifference[] }): string[] {
  const named = (verdict: PairedDifference["verdict"]): string =>
    differences
      .filter((one) => one.verdict === verdict)
      .map((one) => `${one.baseline}${ratioInWords(one)}`)
      .join(", ");
  const [worse, same] = [named("worse"), named("no difference")];
  if (worse === "" && same === "") return [];
  const parts = [
    ...(worse === "" ? [] : [`worse than ${worse}`]),
    ...(same === "" ? [] : [`no proven difference from ${same}`]),
  ];
  return [`${metric}: ${parts.join("; ")}.`];
}

/** Ratio of the losses with its interval, in brackets. */
function ratioInWords({ ratio: { estimate, low, high } }: PairedDifference): string {
  if (estimate === null) return "";
  if (low === null || high === null) return ` (loss x ${estimate.toFixed(2)})`;
  return ` (loss x ${estimate.toFixed(2)}, ${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** What the model is bad at, one sentence each, the worst first within a kind. */
export function weaknesses(report: EvaluationReport): string[] {
  return [
    ...lostGroups("ahead", report.byLeadTime, (group) => `${group.metric} ${aheadInWords(group)} ahead`),
    ...lostGroups("label", report.byProfile, (group) => `${group.metric} on ${profileInWords(group)}`),
    ...worstServers(report),
    ...warnings(report),
  ];
}

function lostGroups<Group extends Comparison>(
  by: "ahead" | "label",
  groups: readonly Group[],
  nameOf: (group: Group) => string,
): string[] {
  const lost = groups
    .filter(loses)
    .map((group) => ({ group, ratio: ratioToBest(group) ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => b.ratio - a.ratio);
  if (lost.length === 0) return [];
  const named = lost.slice(0, MOST_NAMED).map(({ group, ratio }) => {
    const best = contenders(group).best!.method;
    const times = Number.isFinite(ratio) ? `${ratio.toFixed(2)} x ${best}` : `${best} has no loss at all`;
    return `${nameOf(group)} (${times})`;
  });
  const more = lost.length > MOST_NAMED ? ` and ${lost.length - MOST_NAMED} more` : "";
  const what = by === "ahead" ? "pairs of metric and time ahead" : "pairs of metric and label";
  return [`A baseline has the lower loss on ${lost.length} of ${groups.length} ${what}: ${named.join(", ")}${more}.`];
}

function worstServers({ worstServers }: EvaluationReport): string[] {
  const [worst] = worstServers;
  if (worst === undefined || worst.ratioToBest === null || worst.ratioToBest <= 1) return [];
  return [`The worst server is ${worst.server}: ${worst.ratioToBest.toFixed(2)} times the loss of the best baselines.`];
}

function warnings({ earlyWarning }: EvaluationReport): string[] {
  return earlyWarning.flatMap(({ rule, alert, methods: [model, ...trivial], scoredOn }) => {
    if (model === undefined) return [];
    if (scoredOn.onsets === 0) return [`${rule}: nothing began in the scored time, so its warnings cannot be judged.`];
    const unmet = model.alertMet ? [] : [`${rule}: no threshold kept "${alert}" where it was chosen.`];
    const better = trivial
      .filter((one) => atLeast(one.recall, model.recall) && atLeast(one.precision, model.precision))
      .map(({ method, recall, precision }) => `${method} (${percent(recall)} and ${percent(precision)})`);
    if (better.length === 0) return unmet;
    const own = `${percent(model.recall) ?? "not defined"} and ${percent(model.precision) ?? "not defined"}`;
    return [
      ...unmet,
      `${rule}: trivial rules are no worse in both recall and precision (the model: ${own}): ${better.join(", ")}.`,
    ];
  });
}

function atLeast(value: number | null, bound: number | null): boolean {
  return value !== null && (bound === null || value >= bound);
}
