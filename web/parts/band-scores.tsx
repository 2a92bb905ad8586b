// Scores of the quantiles: error, and whether the truth lay inside the band as often as promised.

import type { Contract, Scores } from "../data/types.ts";
import { NONE, number, percent } from "../lib/format.ts";
import { HeadRow } from "./head-row.tsx";
import { Scroll } from "./scroll.tsx";

interface Props {
  metrics: Scores["metrics"];
  units: Contract["metrics"];
  /** Quantile levels of the serving model; empty when they are not known. */
  levels: readonly number[];
}

const [WIDTH, HEIGHT] = [120, 24];

/** One row per metric. */
export function BandScores({ metrics, units, levels }: Props) {
  const nominal = levels.length > 1 ? levels.at(-1)! - levels[0]! : null;
  const columns = [
    "Metric",
    "Values",
    "Mean error of the median",
    "Scaled error (MASE)",
    "Weighted quantile loss",
    "Inside the band",
    "Mean width",
    "Where the truth fell",
  ];
  return (
    <section>
      <h2>Forecasts of values</h2>
      <Scroll label="Scores of forecasts of values">
        <table class="plain-table figures">
          <HeadRow titles={columns} />
          <tbody>
            {metrics.map(({ metric, scores }) => (
              <tr key={metric}>
                <th scope="row">{metric}</th>
                <td>{number(scores.count)}</td>
                <td>
                  {number(scores.meanAbsoluteError)} <small>{units.find(({ name }) => name === metric)?.unit}</small>
                </td>
                <td>{number(scores.meanAbsoluteScaledError)}</td>
                <td>{number(scores.weightedQuantileLoss)}</td>
                <td>
                  <b>{percent(scores.coverage)}</b>
                  {nominal !== null && <small> of {percent(nominal)}</small>}
                </td>
                <td>{number(scores.width)}</td>
                <td>
                  <Histogram metric={metric} shares={scores.pit} levels={levels} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="under">
        MASE below 1 is better than repeating the same time of the last season. The bars are the shares of the truth
        below, between and above the quantiles; even bars up to the dashes would be perfect.
      </p>
    </section>
  );
}

function Histogram({
  metric,
  shares,
  levels,
}: {
  metric: string;
  shares: readonly (number | null)[];
  levels: readonly number[];
}) {
  const known = shares.map((share) => share ?? 0);
  if (known.every((share) => share === 0)) return <span>{NONE}</span>;
  // Groups of unequal width: the height is the density, 1 where the truth falls as often as promised.
  const edges =
    levels.length + 1 === known.length ? [0, ...levels, 1] : known.map((_, at) => at / known.length).concat(1);
  const heights = known.map((share, at) => share / (edges[at + 1]! - edges[at]!));
  const most = Math.max(2, ...heights);
  const text = `${metric}: ${percent(known[0])} below, ${percent(known.at(-1))} above the band`;
  return (
    <svg class="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={text}>
      {heights.map((height, at) => (
        <rect
          key={edges[at]}
          x={edges[at]! * WIDTH}
          width={(edges[at + 1]! - edges[at]!) * WIDTH - 1}
          y={HEIGHT - (height / most) * HEIGHT}
          height={(height / most) * HEIGHT}
        />
      ))}
      <path d={`M0 ${HEIGHT - HEIGHT / most}H${WIDTH}`} />
    </svg>
  );
}
