// The fleet: what will break, when, and how sure. Counts, the map of all servers, and the ranked list.
import { useMemo, useRef } from "preact/hooks";
import { nowMs } from "../data/clock.ts";
import { type FleetTable, hasForecasts } from "../data/fleet-table.ts";
import type { Snapshot } from "../data/live.ts";
import { parameters } from "../data/route.ts";
import { arrange } from "../lib/arrange.ts";
import { duration, horizonName } from "../lib/format.ts";
import { type HeatMembers, membersOf } from "../lib/heat-members.ts";
import { rankFleet } from "../lib/ranking.ts";
import { FleetChoices } from "../parts/fleet-choices.tsx";
import { FleetCounts } from "../parts/fleet-counts.tsx";
import { FleetList } from "../parts/fleet-list.tsx";
import { HeatMap } from "../parts/heat-map.tsx";
import { Notice } from "../parts/notice.tsx";

/** The page at `#/`; everything that is chosen on it is in the address. */
export function FleetPage({ now }: { now: Snapshot }) {
  const chosen = parameters.value;
  const { servers: table } = now;
  const horizonMs = Number(chosen.get("horizon")) || table.withinMs.at(-1) || 0;
  const rule = chosen.get("rule") ?? "";
  const ranking = useMemo(() => rankFleet(table, horizonMs, rule), [table, horizonMs, rule]);
  const text = chosen.toString();
  const shown = useMemo(() => arrange(ranking, chosen), [ranking, text]);
  const group = chosen.get("group") ?? now.contract.labels[0]?.name ?? "";
  const lastMembers = useRef<HeatMembers | null>(null);
  const members = useMemo(() => membersOf(table, shown, group, lastMembers.current), [table, shown, group]);
  lastMembers.current = members;
  if (table.names.length === 0) return <EmptyFleet />;
  const horizon = horizonMs > 0 ? horizonName(horizonMs) : "";
  return (
    <>
      <h1 class="unseen">Fleet</h1>
      <FleetCounts ranking={ranking} chosen={chosen.get("state") ?? ""} horizon={horizon} />
      <FleetState now={now} />
      <FleetChoices now={now} horizons={table.withinMs} horizonMs={horizonMs} group={group} />
      {horizonMs > 0 && <HeatMap ranking={ranking} members={members} horizon={horizon} />}
      <FleetList now={now} ranking={ranking} servers={shown} horizon={horizon} />
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
  if (hasForecasts(servers)) return null;
  const farthest = farthestHistory(servers);
  if (farthest !== null) {
    const { has, needs } = farthest;
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
  if (servers.refusals.includes("stale_input")) {
    const newestMs = servers.lastSeenMs.reduce((a, b) => Math.max(a, b));
    return (
      <Notice title="The data is stale">
        <p>
          The newest row is {duration(nowMs.value - newestMs)} old, so no server can be forecast. Check that the sender
          runs and that its clock is right.
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

/** Steps of history of the server that lacks the fewest; null when none lacks any. */
function farthestHistory({ historySteps }: FleetTable): { has: number; needs: number } | null {
  let best: { has: number; needs: number } | null = null;
  for (let at = 0; at < historySteps.length; at += 2) {
    const [has, needs] = [historySteps[at]!, historySteps[at + 1]!];
    if (has >= 0 && (best === null || needs - has < best.needs - best.has)) best = { has, needs };
  }
  return best;
}
