// How many servers are in which predicted state; each count is a filter.
import { choose } from "../data/route.ts";
import { type PredictedState, type RankedServer, STATE_WORDS, STATES } from "../lib/risk.ts";

interface Props {
  ranked: readonly RankedServer[];
  chosen: string;
  horizon: string;
}

/** The counts; a second click takes the filter away. */
export function FleetCounts({ ranked, chosen, horizon }: Props) {
  const counts = new Map<PredictedState, number>();
  for (const { state } of ranked) counts.set(state, (counts.get(state) ?? 0) + 1);
  return (
    <section class="counts" aria-label={`Servers by predicted state within ${horizon}`}>
      {STATES.map((state) => (
        <button
          key={state}
          type="button"
          class="count"
          data-state={state}
          aria-pressed={chosen === state}
          title={STATE_WORDS[state].meaning}
          onClick={() => choose("state", chosen === state ? undefined : state)}
        >
          <b>{(counts.get(state) ?? 0).toLocaleString()}</b>
          <span>{STATE_WORDS[state].title}</span>
        </button>
      ))}
    </section>
  );
}
