// The ranked list: what breaks next, when, how sure, by which metric, and how old the data behind it is.
import type { Snapshot } from "../data/live.ts";
import { choose, linkTo, parameters } from "../data/route.ts";
import { ORDERS, type Order } from "../lib/arrange.ts";
import { duration, NONE, words } from "../lib/format.ts";
import { type RankedServer, STATE_WORDS } from "../lib/risk.ts";
import { Risk } from "./risk.tsx";
import { Sparkline } from "./sparkline.tsx";
import { staleAfter } from "./status-line.tsx";
import { Age } from "./time.tsx";
import { WindowList } from "./window-list.tsx";

interface Props {
  now: Snapshot;
  servers: readonly RankedServer[];
  horizon: string;
}

/** The list; only rows in view exist, and only their small charts are read. */
export function FleetList({ now, servers, horizon }: Props) {
  const { contract, fleet, isComplete } = now;
  const rules = new Map(contract.breachRules.map((rule) => [rule.id, rule]));
  const staleMs = staleAfter(contract.interval);
  const row = (ranked: RankedServer, index: number) => {
    const { name, item, breach, probability, state } = ranked;
    const rule = breach && rules.get(breach.rule);
    return (
      <tr aria-rowindex={index + 2}>
        <td class="name">
          <a href={linkTo(["servers", name], rule ? { metric: rule.metric } : {})}>{name}</a>
          <small>
            {Object.values(item.labels)
              .filter(Boolean)
              .map((value) => value!)
              .join(", ")}
          </small>
        </td>
        <td class="chance">
          <Risk probability={probability} />
          {state === "incident" && <em class="incident">{STATE_WORDS.incident.title}</em>}
        </td>
        <td class="when">
          <TimeRange ranked={ranked} />
        </td>
        <td class="rule">{rule ? rule.id : item.refused ? words(item.refused.code) : NONE}</td>
        <td class="line">
          {rule && item.prediction && (
            <Sparkline
              server={name}
              metric={rule.metric}
              threshold={rule.threshold}
              issuedAt={item.prediction.issuedAt}
            />
          )}
        </td>
        <td class="age">
          <Age at={item.prediction?.dataAt ?? item.lastSeenAt} staleMs={staleMs} />
        </td>
      </tr>
    );
  };
  return (
    <section aria-label="Servers, ranked">
      <p class="under">
        {servers.length.toLocaleString()} of {now.servers.length.toLocaleString()} servers
        {!isComplete && `, ${fleet.servers.known - now.servers.length} more are being read`}.
        {horizon !== "" &&
          " Time to breach is derived from the breach probabilities over the horizons, as in the alerts: when it has come with 50 % probability (with 10 to 90 %)."}
      </p>
      {servers.length === 0 ? (
        <p class="under">
          No server fits.{" "}
          <button type="button" class="plain" onClick={clear}>
            Show all
          </button>
        </p>
      ) : (
        <WindowList
          items={servers}
          keyOf={({ name }) => name}
          row={row}
          label="Servers, ranked"
          head={
            <tr aria-rowindex={1}>
              <Head order="name">Server</Head>
              <Head order="risk">{horizon ? `Breach within ${horizon}` : "Breach"}</Head>
              <Head order="time">Time to breach</Head>
              <th class="rule">Rule</th>
              <th class="line">Last 6 h, forecast</th>
              <Head order="age">Data age</Head>
            </tr>
          }
        />
      )}
    </section>
  );
}

function TimeRange({ ranked: { time, breach } }: { ranked: RankedServer }) {
  if (breach === null) return <span>{NONE}</span>;
  const farthestMs = breach.withinMs.at(-1)!;
  const far = `>${duration(farthestMs)}`;
  if (time.p10Ms === null) return <span class="quiet">{far}</span>;
  return (
    <span>
      <b>{time.p50Ms === null ? far : duration(time.p50Ms)}</b>{" "}
      <small>
        {duration(time.p10Ms)} to {time.p90Ms === null ? far : duration(time.p90Ms)}
      </small>
    </span>
  );
}

const CELLS: Record<Order, string> = { name: "name", risk: "chance", time: "when", age: "age" };

function Head({ order, children }: { order: Order; children: preact.ComponentChildren }) {
  const chosen = parameters.value;
  const isOwn = (chosen.get("sort") ?? "risk") === order;
  const isReverse = chosen.get("reverse") !== null;
  const sort = () => {
    choose("reverse", isOwn && !isReverse ? "1" : undefined);
    choose("sort", order === "risk" ? undefined : order);
  };
  const direction = (order === "risk") !== isReverse ? "descending" : "ascending";
  return (
    <th class={CELLS[order]} aria-sort={isOwn ? direction : undefined}>
      <button type="button" class="plain" onClick={sort} title={`Sort by ${ORDERS[order].toLowerCase()}`}>
        {children}
      </button>
    </th>
  );
}

function clear(): void {
  for (const name of ["search", "state", "label"]) choose(name, undefined);
}
