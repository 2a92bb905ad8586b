// Reliability diagrams: of the times that 30 % was said, it should have come in 30 %.
import type { ReliabilityBin, Scores } from "../data/types.ts";
import { percent } from "../lib/format.ts";

const SIZE = 200;
const at = (share: number) => (share * SIZE).toFixed(1);
const up = (share: number) => ((1 - share) * SIZE).toFixed(1);

/** One diagram per rule; uprights are 95 % intervals. */
export function Reliability({ rules }: { rules: Scores["rules"] }) {
  return (
    <section>
      <h2>Reliability of the probabilities</h2>
      <div class="diagrams">
        {rules.map(({ rule, breachScores }) => (
          <Diagram key={rule} rule={rule} bins={breachScores.reliability.filter(({ count }) => count > 0)} />
        ))}
      </div>
      <p class="under">
        Across: what was said. Up: how often it came, with its 95 % interval. On the diagonal it was right. Larger
        points stand for more cases.
      </p>
    </section>
  );
}

function Diagram({ rule, bins }: { rule: string; bins: readonly ReliabilityBin[] }) {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const text = bins
    .map((bin) => `said ${percent(bin.meanProbability)}, came ${percent(bin.eventShare)} of ${bin.count}`)
    .join("; ");
  return (
    <figure class="diagram">
      <figcaption>
        <h3>{rule}</h3>
      </figcaption>
      <svg viewBox={`-44 -8 ${SIZE + 64} ${SIZE + 32}`} role="img" aria-label={`${rule}: ${text || "no outcome yet"}`}>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <path class="grid" d={`M0 ${up(share)}H${SIZE}M${at(share)} 0V${SIZE}`} />
            <text x={-6} y={Number(up(share)) + 4} text-anchor="end">
              {percent(share)}
            </text>
            <text x={at(share)} y={SIZE + 18} text-anchor="middle">
              {percent(share)}
            </text>
          </g>
        ))}
        <path class="ideal" d={`M0 ${SIZE}L${SIZE} 0`} />
        {bins.map(({ from, count, meanProbability, eventShare, eventShareLow, eventShareHigh }) => (
          <g key={from}>
            <path
              class="interval"
              d={`M${at(meanProbability!)} ${up(eventShareLow ?? 0)}V${up(eventShareHigh ?? 0)}`}
            />
            <circle cx={at(meanProbability!)} cy={up(eventShare!)} r={2.5 + 4 * Math.sqrt(count / most)} />
          </g>
        ))}
        {bins.length === 0 && (
          <text x={SIZE / 2} y={SIZE / 2 - 8} text-anchor="middle">
            no outcome yet
          </text>
        )}
      </svg>
    </figure>
  );
}
