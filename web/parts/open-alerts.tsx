// Alerts that stand: what is claimed until when, who takes care of it, and the means to do so.

import { linkTo } from "../data/route.ts";
import type { Alert } from "../data/types.ts";
import { duration } from "../lib/format.ts";
import { PHASES } from "../lib/outcomes.ts";
import { AlertActions } from "./alert-actions.tsx";
import { HeadRow } from "./head-row.tsx";
import { Risk } from "./risk.tsx";
import { Scroll } from "./scroll.tsx";
import { Age, Time } from "./time.tsx";

/** The table of open alerts. */
export function OpenAlerts({ alerts, onChange }: { alerts: readonly Alert[]; onChange: () => void }) {
  if (alerts.length === 0) {
    return (
      <section>
        <h2>Open</h2>
        <p class="under">Nothing is predicted and nothing is going on.</p>
      </section>
    );
  }
  return (
    <section>
      <h2>Open</h2>
      <Scroll label="Open alerts">
        <table class="plain-table">
          <HeadRow
            titles={["Server", "Rule", "Phase", "Since", "Probability", "Time to breach", "At the latest", "Noted"]}
          />
          <tbody>
            {alerts.map((alert) => (
              <Row key={alert.id} alert={alert} onChange={onChange} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Row({ alert, onChange }: { alert: Alert; onChange: () => void }) {
  const { server, rule, phase, startsAt, incidentSince, deadlineAt, prediction } = alert;
  const time = prediction?.timeToBreach;
  return (
    <tr>
      <th scope="row">
        <a href={linkTo(["servers", server])}>{server}</a>
      </th>
      <td>{rule}</td>
      <td>{phase === "confirmed" ? <em class="incident">{PHASES[phase]}</em> : PHASES[phase]}</td>
      <td>
        <Time at={incidentSince ?? startsAt} />
      </td>
      <td>
        <Risk probability={prediction?.probability ?? -1} />
        {prediction && (
          <small class="block">
            <Age at={prediction.issuedAt} /> old, {prediction.modelId}
          </small>
        )}
      </td>
      <td>
        {time?.p50Ms != null && <b>{duration(time.p50Ms)} </b>}
        {time?.p10Ms != null && (
          <small>
            {duration(time.p10Ms)} to {time.p90Ms === null ? "later than the horizon" : duration(time.p90Ms)}
          </small>
        )}
        {time?.p10Ms == null && <span class="quiet">beyond the horizon</span>}
      </td>
      <td>
        <Time at={deadlineAt} />
      </td>
      <td>
        <AlertActions alert={alert} onChange={onChange} />
      </td>
    </tr>
  );
}
