// The alerts of one server: what stands, and how the closed ones came out.
import type { Alert, ClosedAlert } from "../data/types.ts";
import { duration } from "../lib/format.ts";
import { OUTCOMES, PHASES } from "../lib/outcomes.ts";
import { Time } from "./time.tsx";

/** Open alerts first, then the last ten that were closed. */
export function ServerAlerts({ alerts, closed }: { alerts: readonly Alert[]; closed: readonly ClosedAlert[] }) {
  return (
    <section>
      <h2>Alerts</h2>
      {alerts.length + closed.length === 0 && <p class="under">None so far.</p>}
      <ul class="events">
        {alerts.map(({ rule, phase, startsAt, incidentSince, deadlineAt }) => (
          <li key={rule}>
            <b>{rule}</b> {PHASES[phase]} since <Time at={incidentSince ?? startsAt} />
            {deadlineAt && (
              <>
                , expected before <Time at={deadlineAt} />
              </>
            )}
          </li>
        ))}
        {closed.slice(0, 10).map(({ rule, outcome, closedAt, onsetAt, leadMs }) => (
          <li key={`${rule} ${closedAt}`}>
            <Time at={onsetAt ?? closedAt} /> {rule}: {OUTCOMES[outcome].title.toLowerCase()}
            {leadMs !== null && `, ${duration(leadMs)} ahead`}
          </li>
        ))}
      </ul>
    </section>
  );
}
