// How fresh everything is and who made it: connection, model, last tick. Said on every page.

import { wantsKey } from "../data/api.ts";
import { nowMs } from "../data/clock.ts";
import { failure, lost, snapshot } from "../data/live.ts";
import { linkTo } from "../data/route.ts";
import { duration } from "../lib/format.ts";
import { Age, Time } from "./time.tsx";

/** One line below the navigation. */
export function StatusLine() {
  const now = snapshot.value;
  if (wantsKey.value) return null;
  return (
    <div class="status" role="status" aria-live="off">
      <Connection />
      {now && (
        <>
          {now.fleet.model === null ? (
            <strong class="warn">No model serves: {now.status.modelMissing}</strong>
          ) : (
            <span>
              Model <a href={linkTo(["models"])}>{now.fleet.model.modelId}</a>
            </span>
          )}
          {now.fleet.tick && (
            <span>
              Forecast age <Age at={now.fleet.tick.issuedAt} staleMs={staleAfter(now.contract.interval)} />
            </span>
          )}
          {now.status.nextTickAt && (
            <span class="wide">
              Next tick <Time at={now.status.nextTickAt} />
            </span>
          )}
          {!now.status.ready && <strong class="warn">Not ready: {now.status.reasons.join("; ")}</strong>}
          {now.status.store.reason && <strong class="warn">Store: {now.status.store.reason}</strong>}
          {now.status.demo && (
            <span>
              Simulated feed, {now.status.demo.speed} times the speed of time
              {now.status.demo.scenario && `, scenario ${now.status.demo.scenario}`}
            </span>
          )}
        </>
      )}
    </div>
  );
}

function Connection() {
  const state = lost.value;
  nowMs.value;
  if (state !== null) {
    const seconds = Math.max(0, state.retryAtMs - Date.now());
    return (
      <strong class="warn">
        Connection lost, what is shown grows old. {seconds > 0 ? `Next attempt in ${duration(seconds)}.` : "Trying."}
      </strong>
    );
  }
  if (failure.value !== null && snapshot.value !== null)
    return <strong class="warn">The last update failed: {failure.value.message}</strong>;
  return <span class="live">Live</span>;
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Three steps of the contract's grid. */
export function staleAfter(interval: string): number {
  return (
    3 *
    [...interval.matchAll(/(\d+)(ms|[smhd])/g)].reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS[unit!] ?? 1), 0)
  );
}
