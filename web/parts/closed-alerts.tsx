// How predictions came out: counts and the newest ones.

import { linkTo } from "../data/route.ts";
import type { ClosedAlert } from "../data/types.ts";
import { duration } from "../lib/format.ts";
import { OUTCOMES } from "../lib/outcomes.ts";
import { HeadRow } from "./head-row.tsx";
import { Scroll } from "./scroll.tsx";
import { Time } from "./time.tsx";

const SHOWN = 100;

/** The counts are of all that are kept, the table is of the newest. */
export function ClosedAlerts({ closed }: { closed: readonly ClosedAlert[] }) {
  const leads = closed.flatMap(({ outcome, leadMs }) => (outcome === "confirmed" && leadMs !== null ? [leadMs] : []));
  const medianMs = leads.sort((a, b) => a - b)[Math.floor(leads.length / 2)];
  const count = (outcome: string) => closed.filter((alert) => alert.outcome === outcome).length;
  return (
    <section>
      <h2>How they came out</h2>
      <dl class="facts">
        {Object.entries(OUTCOMES).map(([outcome, { title, meaning }]) => (
          <div key={outcome} title={meaning}>
            <dt>{title}</dt>
            <dd class="figure">{count(outcome)}</dd>
          </div>
        ))}
        <div>
          <dt>Median lead time</dt>
          <dd class="figure">{duration(medianMs)}</dd>
        </div>
      </dl>
      {closed.length > 0 && (
        <Scroll label="Closed predictions">
          <table class="plain-table">
            <HeadRow titles={["Closed", "Server", "Rule", "Outcome", "Incident began", "Lead time"]} />
            <tbody>
              {closed.slice(0, SHOWN).map(({ server, rule, outcome, closedAt, onsetAt, leadMs, maintenance }) => (
                <tr key={`${server} ${rule} ${closedAt}`}>
                  <td>
                    <Time at={closedAt} />
                  </td>
                  <th scope="row">
                    <a href={linkTo(["servers", server])}>{server}</a>
                  </th>
                  <td>{rule}</td>
                  <td>
                    {OUTCOMES[outcome].title}
                    {maintenance && <small> in maintenance</small>}
                  </td>
                  <td>
                    <Time at={onsetAt} />
                  </td>
                  <td>{duration(leadMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
