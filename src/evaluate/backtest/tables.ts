// Tables of a fleet's scores: by metric, by label, by lead time, and the model's PIT histogram.
import type { Contract } from "../../contract/index.ts";
import type { InputSpec } from "../../dataset/index.ts";
import { pitWidths } from "../../measure/index.ts";
import type { EvaluationReport } from "../evaluation-report.ts";
import { type FleetScores, mergeTallies } from "./fleet-scores.ts";
import { comparison, orNull } from "./null-scores.ts";

type Tables = Pick<EvaluationReport, "byMetric" | "byProfile" | "byLeadTime" | "pit">;

/** What a table is about. */
export interface TableContext {
  contract: Contract;
  spec: InputSpec;
  levels: readonly number[];
  /** "model", then the baselines. */
  methods: readonly string[];
}

/** Makes the tables of the report from the scores of a fleet. */
export function scoreTables({ contract, spec, levels, methods }: TableContext, fleet: FleetScores): Tables {
  const { targets, breachGroupEnds, intervalMs } = spec;
  const whole = fleet.tallies.map((bands) => bands.map((tallies) => mergeTallies(levels, tallies).scores()));
  const unitOf = (metric: string): string => contract.metrics.find(({ name }) => name === metric)!.unit;
  return {
    byMetric: targets.map((metric, t) => ({ ...comparison(metric, methods, whole[t]!), unit: unitOf(metric) })),
    byProfile: fleet.profiles.toSorted(byLabelAndValue).flatMap(({ tallies, ...profile }) =>
      targets.map((metric, t) => {
        const scores = tallies[t]!.map((tally) => tally.scores());
        return { ...profile, servers: profile.servers.size, ...comparison(metric, methods, scores) };
      }),
    ),
    byLeadTime: targets.flatMap((metric, t) =>
      breachGroupEnds.map((end, b) => {
        const scores = fleet.tallies[t]!.map((bands) => bands[b]!.scores());
        const fromMs = (breachGroupEnds[b - 1] ?? 0) * intervalMs;
        return { ...comparison(metric, methods, scores), fromMs, toMs: end * intervalMs };
      }),
    ),
    pit: targets.map((metric, t) => {
      const { pit, count } = whole[t]![0]!;
      return { metric, expected: pitWidths(levels), observed: pit.map(orNull), count };
    }),
  };
}

type Profile = { label: string; value: string | null };

function byLabelAndValue(a: Profile, b: Profile): number {
  return compare(a.label, b.label) || compare(a.value ?? "", b.value ?? "");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
