// Alerts: what is predicted and what is going on, how the closed predictions came out, and what is silenced.
import { get } from "../data/api.ts";
import { changes, type Snapshot } from "../data/live.ts";
import { useResource } from "../data/resource.ts";
import { parameters } from "../data/route.ts";
import type { ClosedAlert, QuietTime } from "../data/types.ts";
import { OUTCOMES, PHASES } from "../lib/outcomes.ts";
import { Choice } from "../parts/choice.tsx";
import { ClosedAlerts } from "../parts/closed-alerts.tsx";
import { Failure } from "../parts/notice.tsx";
import { OpenAlerts } from "../parts/open-alerts.tsx";
import { QuietTimes } from "../parts/quiet-times.tsx";
import { RuleEditor } from "../parts/rule-editor.tsx";

const OPEN = ["predicted", "confirmed", "pending"] as const;

/** The page at `#/alerts`. */
export function AlertsPage({ now, revision }: { now: Snapshot; revision: number }) {
  const chosen = parameters.value;
  const key = `${now.fleet.tick?.issuedAt} ${revision}`;
  const closed = useResource("closed", key, (signal) =>
    get<{ items: ClosedAlert[] }>("alerts/closed", { limit: 1000 }, signal),
  );
  const quiet = useResource("quiet", key, (signal) => get<{ items: QuietTime[] }>("quiet-times", {}, signal));
  const changed = () => {
    changes.value++;
  };
  const [rule, phase, outcome] = ["rule", "phase", "outcome"].map((name) => chosen.get(name) ?? "") as [
    string,
    string,
    string,
  ];
  const fits = (alert: { rule: string }) => rule === "" || alert.rule === rule;
  const rules = [...new Set([...now.alerts, ...(closed.value?.items ?? [])].map((alert) => alert.rule))].sort();
  const open = now.alerts.filter((alert) => fits(alert) && (phase === "" || alert.phase === phase));
  const ended = (closed.value?.items ?? []).filter(
    (alert) => fits(alert) && (outcome === "" || alert.outcome === outcome),
  );
  return (
    <>
      <h1>Alerts</h1>
      <div class="choices">
        <Choice
          name="rule"
          label="Rule"
          value={rule}
          options={[["", "any"], ...rules.map((id) => [id, id] as const)]}
        />
        <Choice
          name="phase"
          label="Open"
          value={phase}
          options={[["", "all"], ...OPEN.map((one) => [one, PHASES[one]] as const)]}
        />
        <Choice
          name="outcome"
          label="Closed"
          value={outcome}
          options={[["", "all"], ...Object.entries(OUTCOMES).map(([one, { title }]) => [one, title] as const)]}
        />
      </div>
      <OpenAlerts alerts={open} onChange={changed} />
      {closed.error ? <Failure error={closed.error} /> : <ClosedAlerts closed={ended} />}
      <RuleEditor now={now} />
      <QuietTimes quiet={quiet.value?.items ?? []} onChange={changed} />
    </>
  );
}
