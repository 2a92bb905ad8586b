// Is one method better than another? Servers are drawn again and again, both methods on the same ones, so that "better"
// comes with an interval.
import type { Rng } from "../base/index.ts";
import { quantileOf } from "./quantile.ts";

/**
 * What a method scored on each server: a score over any servers is the sum of numerators over the sum of denominators
 * (sum of pinball losses over sum of |truth|, say, or missed onsets over onsets). The less the better.   [servers]
 */
export interface ServerSums {
  numerators: ArrayLike<number>;
  denominators: ArrayLike<number>;
}

/** An estimate with its 95 % interval; all NaN where it is not defined. */
export interface Interval {
  estimate: number;
  low: number;
  high: number;
}

/** How a method compares with a reference on the same servers. */
export interface PairedComparison {
  /** Score of the method minus score of the reference: below 0 is better. */
  difference: Interval;
  /** Score of the method over score of the reference: below 1 is better. */
  ratio: Interval;
  /** Share of the servers with a score of both on which the method is strictly better; NaN without any. */
  betterShare: number;
  servers: number;
}

/**
 * Compares two methods with percentile intervals of the paired bootstrap over servers. Neighbouring windows of a server
 * are not independent, so whole servers are drawn.
 * @param rng Draws the servers; the same state gives the same intervals.
 * @param resamples How often a fleet of the same size is drawn.
 * @see Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 13.
 */
export function comparePaired(method: ServerSums, reference: ServerSums, rng: Rng, resamples = 1000): PairedComparison {
  const servers = method.numerators.length;
  for (const sums of [method.numerators, method.denominators, reference.numerators, reference.denominators]) {
    if (sums.length !== servers) throw new Error(`bootstrap: Expected sums of ${servers} servers, got ${sums.length}`);
  }
  const everyone = Uint32Array.from({ length: servers }, (_, server) => server);
  const drawn = new Uint32Array(servers);
  const differences = new Float64Array(resamples);
  const ratios = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < servers; i++) drawn[i] = rng.integer(servers);
    const [own, other] = [scoreOf(method, drawn), scoreOf(reference, drawn)];
    differences[r] = own - other;
    ratios[r] = own / other;
  }
  const [own, other] = [scoreOf(method, everyone), scoreOf(reference, everyone)];
  return {
    difference: interval(own - other, differences),
    ratio: interval(own / other, ratios),
    betterShare: betterShare(method, reference),
    servers,
  };
}

function scoreOf({ numerators, denominators }: ServerSums, servers: Uint32Array): number {
  let numerator = 0;
  let denominator = 0;
  for (const server of servers) {
    numerator += numerators[server]!;
    denominator += denominators[server]!;
  }
  return numerator / denominator;
}

/** Draws without a finite value (a fleet drawn without any truth) are left out. */
function interval(estimate: number, draws: Float64Array): Interval {
  const sorted = draws.filter(Number.isFinite).sort();
  if (!Number.isFinite(estimate)) return { estimate: Number.NaN, low: Number.NaN, high: Number.NaN };
  return { estimate, low: quantileOf(sorted, 0.025), high: quantileOf(sorted, 0.975) };
}

function betterShare(method: ServerSums, reference: ServerSums): number {
  let better = 0;
  let compared = 0;
  for (let server = 0; server < method.numerators.length; server++) {
    const own = method.numerators[server]! / method.denominators[server]!;
    const other = reference.numerators[server]! / reference.denominators[server]!;
    if (Number.isNaN(own) || Number.isNaN(other)) continue;
    compared++;
    if (own < other) better++;
  }
  return better / compared;
}
