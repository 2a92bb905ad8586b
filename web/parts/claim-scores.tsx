// Early warning: how many claims came true, how many incidents were claimed, and how good the probabilities are.

import type { Scores } from "../data/types.ts";
import { number, percent } from "../lib/format.ts";
import { HeadRow } from "./head-row.tsx";
import { Scroll } from "./scroll.tsx";

const COLUMNS = [
  "Rule",
  "Recall",
  "Precision",
  "In time",
  "Late",
  "False",
  "Missed",
  "Probabilities",
  "Incidents",
  "Brier skill",
  "Calibration error",
];

/** One row per breach rule. */
export function ClaimScores({ rules }: { rules: Scores["rules"] }) {
  return (
    <section>
      <h2>Early warning</h2>
      <Scroll label="Scores of early warning">
        <table class="plain-table figures">
          <HeadRow titles={COLUMNS} />
          <tbody>
            {rules.map(({ rule, claims, breachScores }) => (
              <tr key={rule}>
                <th scope="row">{rule}</th>
                <td>
                  <b>{percent(claims.recall)}</b>
                </td>
                <td>
                  <b>{percent(claims.precision)}</b>
                </td>
                <td>{number(claims.true)}</td>
                <td>{number(claims.late)}</td>
                <td>{number(claims.false)}</td>
                <td>{number(claims.missed)}</td>
                <td>{number(breachScores.count)}</td>
                <td>{number(breachScores.events)}</td>
                <td>{number(breachScores.brierSkill)}</td>
                <td>{percent(breachScores.expectedCalibrationError)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="under">
        Recall: share of incidents that a claim announced in time. Precision: share of claims that came true in time.
        Claims have no lead time of their own, so the choice of one does not change them. Skill above 0 is better than
        always saying the observed rate.
      </p>
    </section>
  );
}
