// The scoreboard: was it right? Scores of what was served, by metric and rule, for a span, a lead time and a label.
import { get } from "../data/api.ts";
import type { Snapshot } from "../data/live.ts";
import { useResource } from "../data/resource.ts";
import { parameters } from "../data/route.ts";
import type { Forecast, Page, Scores } from "../data/types.ts";
import { horizonName, number } from "../lib/format.ts";
import { arrangeLeads } from "../lib/leads.ts";
import { levelsOf } from "../lib/quantiles.ts";
import { BandScores } from "../parts/band-scores.tsx";
import { Choice, Switch } from "../parts/choice.tsx";
import { ClaimScores } from "../parts/claim-scores.tsx";
import { Failure, Loading } from "../parts/notice.tsx";
import { Reliability } from "../parts/reliability.tsx";

const SPANS = [
  ["1", "24 h"],
  ["7", "7 d"],
  ["30", "30 d"],
  ["all", "all time"],
] as const;

/** The page at `#/scoreboard`. */
export function ScoreboardPage({ now, revision }: { now: Snapshot; revision: number }) {
  const chosen = parameters.value;
  const [days, lead, labels] = [chosen.get("days") ?? "7", chosen.get("lead") ?? "", chosen.get("labels") ?? ""];
  const query = { days: days === "all" ? undefined : days, lead: lead || undefined, labels: labels || undefined };
  const scores = useResource(`${days} ${lead} ${labels}`, `${now.fleet.tick?.issuedAt} ${revision}`, (signal) =>
    get<Scores>("scoreboard", query, signal),
  );
  const sample = useResource("levels", now.fleet.model?.modelId ?? "", (signal) =>
    get<Page<Forecast>>("forecasts", { limit: 1 }, signal),
  );
  const levels = sample.value?.items[0]?.targets[0] ? levelsOf(sample.value.items[0].targets[0]) : [];
  const values = now.contract.labels.flatMap(({ name, values }) =>
    values.map((value) => [`${name}:${value}`, value] as const),
  );
  const leads = arrangeLeads(now.servers.withinMs);
  return (
    <>
      <h1>Scoreboard</h1>
      <div class="choices">
        <Switch name="days" label="The last" value={days} options={SPANS} />
        {leads.length > 0 && (
          <Choice
            name="lead"
            label="Lead time"
            value={lead}
            options={[
              ["", "all"],
              ...leads.map(
                ({ fromMs, toMs, name }) => [name, `${horizonName(fromMs)} to ${horizonName(toMs)}`] as const,
              ),
            ]}
          />
        )}
        {values.length > 0 && (
          <Choice name="labels" label="Only" value={labels} options={[["", "all servers"], ...values]} />
        )}
      </div>
      <p class="under">
        Scores of all models that served in that time, of forecasts as they were issued; whole UTC days.{" "}
        {scores.value && `${number(scores.value.open)} forecasts wait for their truth.`}
      </p>
      {scores.error && <Failure error={scores.error} />}
      {scores.value === null && scores.error === null && <Loading />}
      {scores.value && (
        <>
          <BandScores metrics={scores.value.metrics} units={now.contract.metrics} levels={levels} />
          <ClaimScores rules={scores.value.rules} />
          <Reliability rules={scores.value.rules} />
        </>
      )}
    </>
  );
}
