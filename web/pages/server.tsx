// One server: its forecast per metric and why, its breach probabilities, what was forecast before and what came, what
// happened, and the numbers.
import { useMemo } from "preact/hooks";
import { get } from "../data/api.ts";
import type { Snapshot } from "../data/live.ts";
import { changes } from "../data/live.ts";
import { useResource } from "../data/resource.ts";
import { linkTo, parameters } from "../data/route.ts";
import type {
  AheadRecord,
  Explanation,
  Forecast,
  History,
  PastForecast,
  ServerEvent,
  ServerItem,
} from "../data/types.ts";
import { horizonName, words } from "../lib/format.ts";
import { BreachTable } from "../parts/breach-table.tsx";
import { Switch } from "../parts/choice.tsx";
import { Why } from "../parts/explanation.tsx";
import { FanChart } from "../parts/fan-chart.tsx";
import { ForecastTable } from "../parts/forecast-table.tsx";
import { Failure, Loading, Notice } from "../parts/notice.tsx";
import { PastPredictions } from "../parts/past-predictions.tsx";
import { ServerEvents } from "../parts/server-events.tsx";
import { staleAfter } from "../parts/status-line.tsx";
import { Age, Time } from "../parts/time.tsx";

/** The page at `#/servers/NAME`; its address is its permalink. */
export function ServerPage({ now, server }: { now: Snapshot; server: string }) {
  const route = `servers/${encodeURIComponent(server)}`;
  const revision = now.fleet.tick?.issuedAt ?? "";
  const version = `${revision} ${now.servers.lastSeenMs[now.servers.names.indexOf(server)]}`;
  const item = useResource(server, version, (signal) => get<ServerItem>(route, {}, signal));
  const history = useResource(server, version, (signal) => get<History>(`${route}/history`, {}, signal));
  const forecast = useResource(server, version, (signal) => get<Forecast>(`${route}/forecast`, {}, signal));
  const past = useResource(server, version, (signal) =>
    get<{ items: PastForecast[] }>(`${route}/forecasts`, {}, signal),
  );
  const happened = useResource(server, `${version} ${changes.value}`, (signal) =>
    get<{ items: ServerEvent[] }>(`${route}/events`, {}, signal),
  );
  const lead = parameters.value.get("lead") ?? "none";
  const record = useResource(`${server} ${lead}`, version, (signal) =>
    lead === "none" ? Promise.resolve(null) : get<AheadRecord>(`${route}/ahead`, { lead: `${lead}ms` }, signal),
  );
  const why = useResource(server, revision, (signal) => get<Explanation>(`${route}/explanation`, {}, signal));
  const look = horizonOf(why.value, parameters.value.get("look"));
  const attention = useMemo(
    () => (why.value && look ? { ...placeOf(why.value), shares: look.past } : null),
    [why.value, look],
  );
  const shown = item.value;
  if (shown === null) return item.error ? <Failure error={item.error} isPage /> : <Loading />;

  const { contract } = now;
  const metrics = contract.metrics.filter(({ role }) => role === "target");
  const chosen = metrics.find(({ name }) => name === parameters.value.get("metric")) ?? metrics[0]!;
  const rulesOf = (metric: string) => contract.breachRules.filter((rule) => rule.metric === metric);
  const events = happened.value?.items ?? NO_EVENTS;
  // A forecast of the tick before is no forecast any more once the server has none.
  const current = forecast.error === null || forecast.error.code === "unreachable" ? forecast.value : null;
  return (
    <>
      <ServerHead item={shown} staleMs={staleAfter(contract.interval)} />
      {forecast.error && <Failure error={forecast.error} />}
      {shown.refused?.historySteps && (
        <progress
          max={shown.refused.historySteps.needs}
          value={shown.refused.historySteps.has}
          aria-label="History that is there"
        />
      )}
      {current && <BreachTable forecast={current} rules={contract.breachRules} />}
      {current && (
        <div class="choices">
          <Switch
            name="lead"
            label="Under the line: what was forecast this long before"
            value={lead}
            options={[["none", "Off"], ...leadsOf(current).map((ms) => [String(ms), horizonName(ms)] as const)]}
          />
          {record.value && <RecordModels record={record.value} />}
        </div>
      )}
      {record.error && <Failure error={record.error} />}
      <section aria-label="Charts" class="charts">
        {metrics.map((metric) => (
          <FanChart
            key={metric.name}
            metric={metric}
            rules={rulesOf(metric.name)}
            history={history.value}
            forecast={current}
            record={record.value}
            attention={current && attention}
            events={events}
          />
        ))}
      </section>
      <p class="under">
        Line: measured. Dashes: median of the forecast. Band: 80 % of what may come. Tinted: beyond the threshold of the
        contract. The dotted upright is where the forecast begins. Named uprights: events. Bars at the foot: where in
        the past the model looked.
      </p>
      {current && <Why explanation={why.value} error={why.error} horizon={look} />}
      <div class="columns">
        {past.value && history.value && (
          <PastPredictions past={past.value.items} history={history.value} rules={contract.breachRules} />
        )}
        <ServerEvents events={events} />
      </div>
      {current ? (
        <ForecastTable forecast={current} metrics={metrics.map(({ name }) => name)} metric={chosen.name} />
      ) : (
        forecast.error === null && <Notice title="No forecast yet">It comes with the next tick.</Notice>
      )}
    </>
  );
}

/** The same list, so that charts are not drawn anew for it. */
const NO_EVENTS: readonly ServerEvent[] = [];

/** Leads at which forecasts are kept: the horizons of the breach probabilities, or the last step. */
function leadsOf({ breaches, targets, intervalMs }: Forecast): number[] {
  const steps = Object.values(targets[0]?.quantiles ?? {})[0]?.length ?? 0;
  return breaches[0]?.withinMs ?? [steps * intervalMs];
}

/** The chosen horizon of the attention: the nearest one by default, none when it is hidden. */
function horizonOf(why: Explanation | null, chosen: string | null) {
  const horizons = why?.attention.horizons ?? [];
  return chosen === null ? horizons[0] : horizons.find(({ withinMs }) => String(withinMs) === chosen);
}

function placeOf({ attention }: Explanation) {
  return { startMs: Date.parse(attention.startAt), spanMs: attention.spanMs };
}

/** Who made the forecasts of the record. */
function RecordModels({ record }: { record: AheadRecord }) {
  const made = record.models.map(({ modelId, points }) => `${points} by ${modelId}`).join(", ");
  return <p class="under">{made === "" ? "None are kept yet." : `Forecasts of the last 24 hours: ${made}.`}</p>;
}

function ServerHead({ item, staleMs }: { item: ServerItem; staleMs: number }) {
  const { server, labels, state, lastSeenAt, prediction } = item;
  return (
    <header class="head">
      <p class="under">
        <a href={linkTo([])}>Fleet</a>
      </p>
      <h1>{server}</h1>
      <dl class="facts">
        {Object.entries(labels).map(
          ([name, value]) =>
            value && (
              <Fact key={name} name={name}>
                {value}
              </Fact>
            ),
        )}
        {state && <Fact name="Reported state">{words(state)}</Fact>}
        <Fact name="Data age">
          <Age at={prediction?.dataAt ?? lastSeenAt} staleMs={staleMs} />
        </Fact>
        {prediction && (
          <>
            <Fact name="Model">{prediction.modelId}</Fact>
            <Fact name="Issued">
              <Time at={prediction.issuedAt} />
            </Fact>
          </>
        )}
      </dl>
    </header>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
