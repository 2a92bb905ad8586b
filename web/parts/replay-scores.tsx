// How a threshold would have done, beside the rules in force.
import type { Replay, ReplayedThreshold, ReplayScores } from "../data/types.ts";
import { duration, horizonName, number, percent } from "../lib/format.ts";
import { shareInterval } from "../lib/replay.ts";
import { Scroll } from "./scroll.tsx";

interface Props {
  shown: ReplayedThreshold;
  inForce: Replay["inForce"];
}

const ROWS: [title: string, text: (scores: ReplayScores) => string, more?: (scores: ReplayScores) => string][] = [
  ["Alerts", ({ alerts }) => number(alerts)],
  ["Precision", ({ precision }) => percent(precision), (one) => range(one.true, one.true + one.late + one.false)],
  ["Recall", ({ recall }) => percent(recall), (one) => range(one.true, one.true + one.late + one.missed)],
  [
    "Median lead",
    ({ leadMs }) => duration(leadMs.p50),
    ({ leadMs }) => (leadMs.p10 === null ? "" : `${duration(leadMs.p10)} to ${duration(leadMs.p90)}`),
  ],
  ["False alarms", (one) => number(one.falsePerServerWeek), () => "per server and week"],
  ["In time, late", (one) => `${one.true}, ${one.late}`],
  ["False, missed", (one) => `${one.false}, ${one.missed}`],
  ["Still open", ({ open }) => number(open)],
];

/** One column for the threshold, one for each rule in force. */
export function ReplayScoresTable({ shown, inForce }: Props) {
  const known = inForce.filter((rule) => rule.scores !== null);
  return (
    <div>
      <Scroll label="How the threshold would have done">
        <table class="plain-table figures replayed">
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">Figure</span>
              </th>
              <th scope="col">From {percent(shown.probability)}</th>
              {known.map(({ id, probability, withinMs }) => (
                <th scope="col" key={id}>
                  In force: {id}
                  <small class="block">
                    from {percent(probability)} within {horizonName(withinMs)}
                  </small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ROWS.map(([title, text, more]) => (
              <tr key={title}>
                <th scope="row">{title}</th>
                {[shown, ...known.map(({ scores }) => scores!)].map((scores, at) => (
                  <td key={at === 0 ? "" : known[at - 1]!.id}>
                    <b>{text(scores)}</b>
                    {more && <small class="block">{more(scores)}</small>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="under">
        Precision: share of claims that came true in time. Recall: share of incidents that a claim announced in time.
        The ranges are 95 % intervals, as if incidents did not depend on each other.
      </p>
    </div>
  );
}

function range(hits: number, count: number): string {
  const interval = shareInterval(hits, count);
  return interval === null ? "" : `${hits} of ${count}: ${percent(interval[0])} to ${percent(interval[1])}`;
}
