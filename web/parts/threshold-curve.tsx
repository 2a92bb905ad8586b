// Precision and recall over thresholds, with the chosen one and the one in force.
import type { ReplayedThreshold } from "../data/types.ts";
import { percent } from "../lib/format.ts";

const [WIDTH, HEIGHT] = [320, 160];
const x = (share: number) => (share * WIDTH).toFixed(1);
const y = (share: number) => ((1 - share) * HEIGHT).toFixed(1);

interface Props {
  curve: readonly ReplayedThreshold[];
  chosen: number;
  inForce: number | null;
}

/** Solid: precision. Dashed: recall. */
export function ThresholdCurve({ curve, chosen, inForce }: Props) {
  const line = (of: (one: ReplayedThreshold) => number | null) =>
    curve
      .map((one, at) => {
        const share = of(one);
        if (share === null) return "";
        const isBegun = at > 0 && of(curve[at - 1]!) !== null;
        return `${isBegun ? "L" : "M"}${x(one.probability)} ${y(share)}`;
      })
      .join("");
  const text = curve
    .filter((_, at) => at % 5 === 0)
    .map(
      (one) => `from ${percent(one.probability)}: precision ${percent(one.precision)}, recall ${percent(one.recall)}`,
    )
    .join("; ");
  return (
    <figure class="diagram wide">
      <figcaption>Precision (solid) and recall (dashed) over the threshold</figcaption>
      <svg viewBox={`-44 -8 ${WIDTH + 68} ${HEIGHT + 32}`} role="img" aria-label={text}>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <path class="grid" d={`M0 ${y(share)}H${WIDTH}M${x(share)} 0V${HEIGHT}`} />
            <text x={-6} y={Number(y(share)) + 4} text-anchor="end">
              {percent(share)}
            </text>
            <text x={x(share)} y={HEIGHT + 18} text-anchor="middle">
              {percent(share)}
            </text>
          </g>
        ))}
        {inForce !== null && <path class="ideal" d={`M${x(inForce)} 0V${HEIGHT}`} />}
        <path class="interval" d={line(({ precision }) => precision)} />
        <path class="interval dashed" d={line(({ recall }) => recall)} />
        <path class="marker" d={`M${x(chosen)} 0V${HEIGHT}`} />
      </svg>
      <p class="under">Upright: the chosen threshold{inForce !== null && "; dotted: the one in force"}.</p>
    </figure>
  );
}
