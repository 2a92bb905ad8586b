// One server: its forecast per metric, its breach probabilities, what was predicted before, its alerts, and the numbers.
import { get } from "../data/api.ts";
import type { Snapshot } from "../data/live.ts";
import { changes } from "../data/live.ts";
import { useResource } from "../data/resource.ts";
import { linkTo, parameters } from "../data/route.ts";
import type { ClosedAlert, Forecast, History, PastForecast, ServerItem } from "../data/types.ts";
import { words } from "../lib/format.ts";
import { BreachTable } from "../parts/breach-table.tsx";
import { FanChart } from "../parts/fan-chart.tsx";
import { ForecastTable } from "../parts/forecast-table.tsx";
import { Failure, Loading, Notice } from "../parts/notice.tsx";
import { PastPredictions } from "../parts/past-predictions.tsx";
import { ServerAlerts } from "../parts/server-alerts.tsx";
import { staleAfter } from "../parts/status-line.tsx";
import { Age, Time } from "../parts/time.tsx";

/** The page at `#/servers/NAME`; its address is its permalink. */
export function ServerPage({ now, server }: { now: Snapshot; server: string }) {
  const route = `servers/${encodeURIComponent(server)}`;
  const known = now.servers.find((item) => item.server === server);
  const revision = now.fleet.tick?.issuedAt ?? "";
  const version = `${revision} ${known?.lastSeenAt}`;
  const item = useResource(server, version, (signal) => get<ServerItem>(route, {}, signal));
  const history = useResource(server, version, (signal) => get<History>(`${route}/history`, {}, signal));
  const forecast = useResource(server, version, (signal) => get<Forecast>(`${route}/forecast`, {}, signal));
  const past = useResource(server, version, (signal) =>
    get<{ items: PastForecast[] }>(`${route}/forecasts`, {}, signal),
  );
  const closed = useResource(server, `${revision} ${changes.value}`, (signal) =>
    get<{ items: ClosedAlert[] }>("alerts/closed", { limit: 1000 }, signal),
  );
  const shown = item.value ?? known;
  if (shown === undefined) return item.error ? <Failure error={item.error} isPage /> : <Loading />;

  const { contract } = now;
  const metrics = contract.metrics.filter(({ role }) => role === "target");
  const chosen = metrics.find(({ name }) => name === parameters.value.get("metric")) ?? metrics[0]!;
  const rulesOf = (metric: string) => contract.breachRules.filter((rule) => rule.metric === metric);
  const alerts = now.alerts.filter((alert) => alert.server === server);
  const ownClosed = closed.value?.items.filter((one) => one.server === server) ?? [];
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
      <section aria-label="Charts" class="charts">
        {metrics.map((metric) => (
          <FanChart
            key={metric.name}
            metric={metric}
            rules={rulesOf(metric.name)}
            history={history.value}
            forecast={current}
          />
        ))}
      </section>
      <p class="under">
        Line: measured. Dashes: median of the forecast. Band: 80 % of what may come. Tinted: beyond the threshold of the
        contract. The dotted upright is where the forecast begins.
      </p>
      <div class="columns">
        {past.value && history.value && (
          <PastPredictions past={past.value.items} history={history.value} rules={contract.breachRules} />
        )}
        <ServerAlerts alerts={alerts} closed={ownClosed} />
      </div>
      {current ? (
        <ForecastTable forecast={current} metrics={metrics.map(({ name }) => name)} metric={chosen.name} />
      ) : (
        forecast.error === null && <Notice title="No forecast yet">It comes with the next tick.</Notice>
      )}
    </>
  );
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
