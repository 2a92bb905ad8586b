// Is the model better than a baseline? Paired differences with bootstrap intervals over servers.
import { createRng } from "../../base/index.ts";
import { comparePaired, type Interval, type ServerSums, type TallyState } from "../../measure/index.ts";
import type { PairedDifference } from "../evaluation-report.ts";
import type { ServerSummary } from "./fleet-scores.ts";
import { orNull } from "./null-scores.ts";

type Measure = PairedDifference["measure"];

/** Compares the model, the first of `methods`, with every other method, metric by metric. */
export function pairedDifferences(
  metrics: readonly string[],
  methods: readonly string[],
  servers: readonly ServerSummary[],
  seed: number,
): PairedDifference[] {
  return metrics.flatMap((metric, t) =>
    methods.slice(1).flatMap((baseline, i) =>
      (["pinball", "MASE"] as const).map((measure): PairedDifference => {
        const sumsOf = (method: number) =>
          serverSums(
            servers.map(({ sums }) => sums[t]![method]!),
            measure,
          );
        const rng = createRng(seed).fork(`${measure} of ${metric} against ${baseline}`);
        const compared = comparePaired(sumsOf(0), sumsOf(i + 1), rng);
        return {
          metric,
          baseline,
          measure,
          difference: nullInterval(compared.difference),
          ratio: nullInterval(compared.ratio),
          betterShare: orNull(compared.betterShare),
          servers: compared.servers,
          verdict: verdictOf(compared.difference),
        };
      }),
    ),
  );
}

function serverSums(states: readonly TallyState[], measure: Measure): ServerSums {
  if (measure === "MASE") {
    return {
      numerators: states.map(({ scaledError }) => scaledError),
      denominators: states.map(({ scaledCount }) => scaledCount),
    };
  }
  return { numerators: states.map(meanPinballSum), denominators: states.map(({ count }) => count) };
}

/** Sum over steps of the mean pinball loss over levels. */
export function meanPinballSum({ pinball }: TallyState): number {
  return pinball.reduce((sum, loss) => sum + loss, 0) / pinball.length;
}

function verdictOf({ low, high }: Interval): PairedDifference["verdict"] {
  if (high < 0) return "better";
  return low > 0 ? "worse" : "no difference";
}

function nullInterval({ estimate, low, high }: Interval): PairedDifference["difference"] {
  return { estimate: orNull(estimate), low: orNull(low), high: orNull(high) };
}
