// The ranked list: what breaks next, when, how sure, by which metric, and how old the data behind it is.
import { labelsOf } from "../data/fleet-table.ts";
import type { Snapshot } from "../data/live.ts";
import { choose, linkTo, parameters } from "../data/route.ts";
import { ORDERS, type Order } from "../lib/arrange.ts";
import { duration, NONE, words } from "../lib/format.ts";
import { type Ranking, timeOf } from "../lib/ranking.ts";
import { STATE_WORDS, STATES } from "../lib/risk.ts";
import { Risk } from "./risk.tsx";
import { Sparkline } from "./sparkline.tsx";
import { staleAfter } from "./status-line.tsx";
import { Age } from "./time.tsx";
import { WindowList } from "./window-list.tsx";

interface Props {
  now: Snapshot;
  ranking: Ranking;
  /** Servers in the order of the list. */
  servers: readonly number[];
  horizon: string;
}

/** The list; only rows in view exist, and only their small charts are read. */
export function FleetList({ now: { contract }, ranking, servers, horizon }: Props) {
  const { table } = ranking;
  const rules = table.rules.map((id) => contract.breachRules.find((rule) => rule.id === id));
  const staleMs = staleAfter(contract.interval);
  const row = (server: number, index: number) => {
    const name = table.names[server]!;
    const rule = rules[ranking.rule[server]!];
    const refusal = table.refusals[table.refusal[server]!];
    return (
      <tr aria-rowindex={index + 2}>
        <td class="name">
          <a href={linkTo(["servers", name], rule ? { metric: rule.metric } : {})}>{name}</a>
          <small>{labelsOf(table, server).join(", ")}</small>
        </td>
        <td class="chance">
          <Risk probability={ranking.probability[server]!} />
          {STATES[ranking.state[server]!] === "incident" && <em class="incident">{STATE_WORDS.incident.title}</em>}
        </td>
        <td class="when">
          <TimeRange ranking={ranking} server={server} />
        </td>
        <td class="rule">{rule ? rule.id : refusal ? words(refusal) : NONE}</td>
        <td class="line">
          {rule && (
            <Sparkline
              server={name}
              metric={rule.metric}
              threshold={rule.threshold}
              issuedAtMs={table.issuedAtMs ?? 0}
            />
          )}
        </td>
        <td class="age">
          <Age at={table.dataMs[server]! >= 0 ? table.dataMs[server]! : table.lastSeenMs[server]!} staleMs={staleMs} />
        </td>
      </tr>
    );
  };
  return (
    <section class="whole" aria-label="Servers, ranked">
      <p class="under">
        {servers.length.toLocaleString()} of {table.names.length.toLocaleString()} servers.
        {horizon !== "" &&
          " Time to breach: when its probability reaches 50 % (10 to 90 %), by the probabilities over the horizons, as in the alerts."}
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
          keyOf={(server) => table.names[server]!}
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

function TimeRange({ ranking, server }: { ranking: Ranking; server: number }) {
  if (ranking.rule[server]! < 0) return <span>{NONE}</span>;
  const far = `>${duration(ranking.table.withinMs.at(-1))}`;
  const { p10Ms, p50Ms, p90Ms } = timeOf(ranking, server);
  if (p10Ms === null) return <span class="quiet">{far}</span>;
  return (
    <span>
      <b>{p50Ms === null ? far : duration(p50Ms)}</b>{" "}
      <small>
        {duration(p10Ms)} to {p90Ms === null ? far : duration(p90Ms)}
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
