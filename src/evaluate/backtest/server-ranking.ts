// Which servers the model forecasts badly, and how it does over all series when each weighs the same.
import type { TallyState } from "../../measure/index.ts";
import type { EvaluationReport, ServerScore } from "../evaluation-report.ts";
import { meanPinballSum } from "./differences.ts";
import type { ServerSummary } from "./fleet-scores.ts";
import { orNull } from "./null-scores.ts";

const SEASONAL_NAIVE = "seasonal naive";
/** A series that one method forecasts perfectly would outweigh all others without bounds. */
const LARGEST_RATIO = 10;

/** Scores of every server, worst first; those without a ratio (no truth) last. */
export function rankServers(servers: readonly ServerSummary[]): ServerScore[] {
  const best = (servers[0]?.sums ?? []).map((_, t) => bestBaseline(servers.map(({ sums }) => sums[t]!)));
  return servers
    .map(({ server, windows, sums }): ServerScore => {
      const ratios = sums.map((methods, t) => boundedRatio(methods[0]!, methods[best[t]!]!));
      const scaled = sums.map(([model]) => model!.scaledError / model!.scaledCount);
      return {
        server,
        windows,
        ratioToBest: orNull(Math.exp(meanOfFinite(ratios.map(Math.log)))),
        meanAbsoluteScaledError: orNull(meanOfFinite(scaled)),
      };
    })
    .sort((a, b) => (b.ratioToBest ?? -1) - (a.ratioToBest ?? -1));
}

/** The worst tenth of the servers, one at least. */
export function worstDecile(ranked: readonly ServerScore[]): ServerScore[] {
  return ranked.slice(0, Math.ceil(ranked.length / 10));
}

/**
 * Geometric mean over series (server and metric) of pinball loss / that of the seasonal naive, by method; series whose
 * ratio is not a positive number are left out for every method.
 */
export function relativeToSeasonalNaive(
  methods: readonly string[],
  servers: readonly ServerSummary[],
): EvaluationReport["relativeToSeasonalNaive"] {
  const reference = methods.indexOf(SEASONAL_NAIVE);
  if (reference < 0) throw new Error(`methods: Expected ${SEASONAL_NAIVE} among ${methods.join(", ")}`);
  const series = servers
    .flatMap(({ sums }) => sums)
    .map((states) => states.map((state) => meanPinballSum(state) / meanPinballSum(states[reference]!)))
    .filter((ratios) => ratios.every((ratio) => Number.isFinite(ratio) && ratio > 0));
  return methods.map((method, m) => {
    const logs = series.reduce((sum, ratios) => sum + Math.log(ratios[m]!), 0);
    return { method, ratio: orNull(Math.exp(logs / series.length)), series: series.length };
  });
}

/** Index of the method other than the model with the least pinball loss over all servers. */
function bestBaseline(servers: readonly (readonly TallyState[])[]): number {
  const losses = servers[0]!.map((_, m) => servers.reduce((sum, methods) => sum + meanPinballSum(methods[m]!), 0));
  return losses.indexOf(Math.min(...losses.slice(1)), 1);
}

/** Ratio of losses in [0.1, 10]; 1 where both are perfect, NaN without truth. */
function boundedRatio(model: TallyState, baseline: TallyState): number {
  if (model.count === 0) return Number.NaN;
  const [own, other] = [meanPinballSum(model), meanPinballSum(baseline)];
  return own === other ? 1 : Math.min(LARGEST_RATIO, Math.max(1 / LARGEST_RATIO, own / other));
}

function meanOfFinite(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
