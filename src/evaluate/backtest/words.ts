// The result of a backtest in words, and what a reader must know beside the figures. Losses are said as plainly as wins.
import { formatDuration } from "../../base/index.ts";
import type { Comparison, EvaluationReport, PairedDifference } from "../evaluation-report.ts";
import type { FleetScores } from "./fleet-scores.ts";

type Facts = Omit<EvaluationReport, "verdict" | "notes">;

/** Nominal coverage may be missed by this much before it is said. */
const COVERAGE_TOLERANCE = 0.03;
/** Groups of fewer observed steps are not judged. */
const MIN_STEPS = 100;
/** A recall over fewer incidents says little. */
const FEW_INCIDENTS = 10;

/** The result in sentences, metric by metric. */
export function verdictOf(facts: Facts): string[] {
  return [
    ...seenVerdict(facts),
    ...facts.byMetric.flatMap((table) => metricVerdict(facts, table)),
    ...breachVerdict(facts),
  ];
}

function seenVerdict({ seenInTraining }: Facts): string[] {
  if (seenInTraining === "no") return [];
  const may = seenInTraining === "yes" ? "has" : "may have";
  return [`The model ${may} seen this data in training: these scores prove nothing about data to come.`];
}

function metricVerdict(facts: Facts, { metric, methods }: Facts["byMetric"][number]): string[] {
  const [model, ...baselines] = methods;
  if (model!.count === 0) return [`${metric}: nothing was observed, so nothing is scored.`];
  const best = baselines.reduce((a, b) => ((b.pinball ?? Infinity) < (a.pinball ?? Infinity) ? b : a));
  const found = facts.differences.find(
    (difference) =>
      difference.metric === metric && difference.baseline === best.method && difference.measure === "pinball",
  )!;
  const sentences = [`${metric}: ${against(found)} the best baseline, ${best.method}${ratioText(found)}.`];
  const levels = facts.quantileLevels;
  const nominal = levels.at(-1)! - levels[0]!;
  if (Math.abs(model!.coverage! - nominal) > COVERAGE_TOLERANCE) {
    sentences.push(
      `${metric}: the band meant to hold ${percent(nominal)} of the values held ${percent(model!.coverage!)}.`,
    );
  }
  const lost = [
    ...facts.byLeadTime
      .filter((group) => group.metric === metric && loses(group))
      .map(({ fromMs, toMs }) => `${fromMs === 0 ? "0" : formatDuration(fromMs)} to ${formatDuration(toMs)} ahead`),
    ...facts.byProfile
      .filter((group) => group.metric === metric && loses(group))
      .map(({ label, value }) => `${label} ${value ?? "(none)"}`),
  ];
  if (lost.length > 0) sentences.push(`${metric}: the model loses to a baseline on ${lost.join(", ")}.`);
  return sentences;
}

/** Whether a baseline has a lower pinball loss than the model. */
function loses({ methods: [model, ...baselines] }: Comparison): boolean {
  return model!.count >= MIN_STEPS && baselines.some(({ pinball }) => pinball !== null && pinball < model!.pinball!);
}

function breachVerdict({ breaches, horizonMs }: Facts): string[] {
  return breaches
    .filter(({ withinMs }) => withinMs === horizonMs)
    .map(({ rule, events, skill, windows }) => {
      if (events === 0)
        return `${rule}: no incident began in ${windows} windows, so its probabilities cannot be judged.`;
      if (skill === null) return `${rule}: every window had an incident, so its probabilities cannot be judged.`;
      const quality = skill > 0 ? `${percent(skill)} better than` : `no better (skill ${skill.toFixed(2)}) than`;
      const span = formatDuration(horizonMs);
      return `${rule}: probabilities within ${span} are ${quality} always saying the share of incidents.`;
    });
}

function against({ verdict }: PairedDifference): string {
  return verdict === "no difference" ? "no proven difference from" : `the model is ${verdict} than`;
}

function ratioText({ ratio: { estimate, low, high } }: PairedDifference): string {
  if (estimate === null || low === null || high === null) return "";
  return ` (pinball loss x ${estimate.toFixed(3)}, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)})`;
}

/** What a reader must know beside the figures. */
export function notesOf(
  facts: Facts,
  { leftOut, withoutScale }: Pick<FleetScores, "leftOut" | "withoutScale">,
): string[] {
  const { times, windows, strideMs, horizonMs } = facts;
  const notes: string[] = [...seenVerdict(facts)];
  const note = (applies: boolean, text: string) => applies && notes.push(text);
  note(
    times.asked !== null && times.scored < times.asked,
    `${times.asked} forecast times were asked for, the data has ${times.scored} at a stride of ${formatDuration(strideMs)}`,
  );
  note(strideMs < horizonMs, "windows overlap: intervals come from drawing whole servers, not windows");
  note(windows.withoutTruth > 0, `${windows.withoutTruth} windows have no value in their horizon and are not scored`);
  const refused = Object.entries(windows.refused).map(([code, count]) => `${count} ${code}`);
  note(refused.length > 0, `windows refused as production would refuse them: ${refused.join(", ")}`);
  note(leftOut > 0, `${leftOut} pairs of window and metric without any history are left out for every method`);
  note(
    facts.breaches.length > 0 && facts.earlyWarning.length === 0,
    "early warning is not scored: its threshold is chosen on the first half of the forecast times, which is too short",
  );
  for (const { rule, chosenOn, scoredOn } of facts.earlyWarning) {
    const [chosen, scored] = [chosenOn.onsets, scoredOn.onsets];
    note(
      Math.min(chosen, scored) < FEW_INCIDENTS,
      `early warning of ${rule}: threshold chosen on ${chosen} incidents and scored on ${scored}, too few to rely on`,
    );
  }
  for (const [t, { metric }] of facts.byMetric.entries()) {
    const [some, all] = [withoutScale[t]!, windows.scored];
    note(
      some > 0,
      `${metric}: MASE is not defined for ${some === all ? "any" : some} of ${all} windows, whose history is constant from ` +
        "day to day or shorter than a day",
    );
  }
  return notes;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
