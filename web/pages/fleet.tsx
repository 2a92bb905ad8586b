// The fleet: what will break, when, and how sure. Counts, the map of all servers, and the ranked list.
import { useMemo } from "preact/hooks";
import { nowMs } from "../data/clock.ts";
import type { Snapshot } from "../data/live.ts";
import { parameters } from "../data/route.ts";
import { arrange, horizonsOf } from "../lib/arrange.ts";
import { horizonName } from "../lib/format.ts";
import { rankServer, serversInIncident } from "../lib/risk.ts";
import { FleetChoices } from "../parts/fleet-choices.tsx";
import { FleetCounts } from "../parts/fleet-counts.tsx";
import { FleetList } from "../parts/fleet-list.tsx";
import { HeatMap } from "../parts/heat-map.tsx";
import { Notice } from "../parts/notice.tsx";

/** The page at `#/`; everything that is chosen on it is in the address. */
export function FleetPage({ now }: { now: Snapshot }) {
  const chosen = parameters.value;
  const horizons = useMemo(() => horizonsOf(now.servers), [now]);
  const horizonMs = Number(chosen.get("horizon")) || horizons.at(-1) || 0;
  const rule = chosen.get("rule") ?? "";
  const ranked = useMemo(() => {
    const incidents = serversInIncident(now.alerts, rule);
    return now.servers.map((item) => rankServer(item, horizonMs, rule, incidents));
  }, [now, horizonMs, rule]);
  const text = chosen.toString();
  const shown = useMemo(() => arrange(ranked, chosen), [ranked, text]);
  const group = chosen.get("group") ?? now.contract.labels[0]?.name ?? "";
  const groupOf = useMemo(
    () => (server: (typeof ranked)[number]) =>
      group === "none" || group === "" ? "" : (server.item.labels[group] ?? `no ${group}`),
    [group],
  );
  if (now.servers.length === 0) return <EmptyFleet />;
  const horizon = horizonMs > 0 ? horizonName(horizonMs) : "";
  return (
    <>
      <h1 class="unseen">Fleet</h1>
      <FleetCounts ranked={ranked} chosen={chosen.get("state") ?? ""} horizon={horizon} />
      <FleetState now={now} />
      <FleetChoices now={now} horizons={horizons} horizonMs={horizonMs} group={group} />
      {horizonMs > 0 && <HeatMap servers={shown} groupOf={groupOf} horizon={horizon} />}
      <FleetList now={now} servers={shown} horizon={horizon} />
    </>
  );
}

function EmptyFleet() {
  return (
    <Notice title="No server has sent anything yet" isPage>
      <p>Send rows to this daemon, for example:</p>
      <pre>forewarn push rows.csv --to {new URL(".", location.href).href.replace(/\/$/, "")}</pre>
      <p>
        Or let a simulated fleet live here: <code>forewarn demo</code>. Servers appear with their first row.
      </p>
    </Notice>
  );
}

/** What keeps the whole fleet from being forecast. */
function FleetState({ now: { fleet, status, servers } }: { now: Snapshot }) {
  if (fleet.model === null) {
    return (
      <Notice title="No model serves, so there is no forecast">
        <p>{status.modelMissing}</p>
        <p>
          Train one with <code>forewarn train</code>, put it into the models directory and reload. Rows are taken in the
          meantime; nothing below is a prediction.
        </p>
      </Notice>
    );
  }
  if (servers.some(({ prediction }) => prediction !== undefined)) return null;
  const missing = servers.map(({ refused }) => refused?.historySteps).filter((steps) => steps != null);
  if (missing.length > 0) {
    const { has, needs } = missing.reduce((a, b) => (b.needs - b.has < a.needs - a.has ? b : a));
    return (
      <Notice title="Warming up">
        <p>
          The model reads {needs} steps of history; the server that is farthest has {has}. The first forecast comes by
          itself: keep sending rows, or push the history with <code>forewarn push</code>.
        </p>
        <progress max={needs} value={has} aria-label="History that is there" />
      </Notice>
    );
  }
  const newestMs = Math.max(...servers.map(({ lastSeenAt }) => Date.parse(lastSeenAt)));
  if (servers.some(({ refused }) => refused?.code === "stale_input")) {
    return (
      <Notice title="The data is stale">
        <p>
          The newest row is from {Math.round((nowMs.value - newestMs) / 60_000)} minutes ago, so no server can be
          forecast. Check that the sender runs and that its clock is right.
        </p>
      </Notice>
    );
  }
  return (
    <Notice title="Waiting for the first forecast">
      <p>It comes with the next tick.</p>
    </Notice>
  );
}
