// Reliability: how often something happened among the forecasts that gave it about the same probability. Outcomes are
// 1 (happened), 0 (did not) or NaN (not known, left out).

/** One line of a reliability table: the forecasts with a probability in [from, to). */
export interface ReliabilityBin {
  from: number;
  to: number;
  count: number;
  /** Mean forecast probability and observed share of events; NaN when count is 0. */
  meanProbability: number;
  eventShare: number;
  /** 95 % interval of the share ({@link wilsonInterval}); NaN when count is 0. */
  eventShareLow: number;
  eventShareHigh: number;
}

/** Sorts forecasts into `bins` equal spans of probability (1 belongs to the last) and compares them with what happened. */
export function reliabilityTable(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  bins = 10,
): ReliabilityBin[] {
  const sums = emptyBins(bins);
  for (let i = 0; i < outcomes.length; i++) addToBins(sums, probabilities[i]!, outcomes[i]!);
  return reliabilityBins(sums);
}

/** Sums behind a reliability table, one entry per span of probability. */
export interface BinSums {
  counts: number[];
  probabilities: number[];
  events: number[];
}

/** Sums of no forecasts. */
export function emptyBins(bins: number): BinSums {
  const zeros = () => new Array<number>(bins).fill(0);
  return { counts: zeros(), probabilities: zeros(), events: zeros() };
}

/** Adds one forecast; an outcome of NaN adds nothing. */
export function addToBins({ counts, probabilities, events }: BinSums, probability: number, outcome: number): void {
  if (Number.isNaN(outcome)) return;
  const bin = Math.min(counts.length - 1, Math.floor(probability * counts.length));
  counts[bin]!++;
  probabilities[bin]! += probability;
  events[bin]! += outcome;
}

/** Makes the table of the forecasts that were added. */
export function reliabilityBins({ counts, probabilities, events }: BinSums): ReliabilityBin[] {
  return counts.map((count, bin) => {
    const interval = wilsonInterval(events[bin]!, count);
    return {
      from: bin / counts.length,
      to: (bin + 1) / counts.length,
      count,
      meanProbability: probabilities[bin]! / count,
      eventShare: events[bin]! / count,
      eventShareLow: interval.low,
      eventShareHigh: interval.high,
    };
  });
}

/**
 * Expected calibration error: mean over forecasts of the gap between mean probability and event share of their bin.
 * @see Naeini, Cooper & Hauskrecht 2015, AAAI 29, 2901-2907.
 */
export function expectedCalibrationError(table: readonly ReliabilityBin[]): number {
  const filled = table.filter(({ count }) => count > 0);
  const gaps = filled.map(({ count, meanProbability, eventShare }) => count * Math.abs(meanProbability - eventShare));
  return sum(gaps) / sum(filled.map(({ count }) => count));
}

/**
 * Wilson 95 % score interval of a share. It takes the cases as independent; where they are not (overlapping forecasts
 * of one server), the true interval is wider.
 * @see Wilson 1927, Journal of the American Statistical Association 22(158), 209-212.
 */
export function wilsonInterval(events: number, count: number): { low: number; high: number } {
  const z2 = 1.959964 ** 2;
  const share = events / count;
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = Math.sqrt(z2 * ((share * (1 - share)) / count + z2 / (4 * count * count))) / (1 + z2 / count);
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
