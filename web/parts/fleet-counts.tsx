// How many servers are in which predicted state; each count is a filter.
import { choose } from "../data/route.ts";
import type { Ranking } from "../lib/ranking.ts";
import { STATE_WORDS, STATES } from "../lib/risk.ts";

interface Props {
  ranking: Ranking;
  chosen: string;
  horizon: string;
}

/** The counts; a second click takes the filter away. */
export function FleetCounts({ ranking, chosen, horizon }: Props) {
  const counts = new Uint32Array(STATES.length);
  for (const state of ranking.state) counts[state]!++;
  return (
    <section class="counts" aria-label={`Servers by predicted state within ${horizon}`}>
      {STATES.map((state, place) => (
        <button
          key={state}
          type="button"
          class="count"
          data-state={state}
          aria-pressed={chosen === state}
          title={STATE_WORDS[state].meaning}
          onClick={() => choose("state", chosen === state ? undefined : state)}
        >
          <b>{counts[place]!.toLocaleString()}</b>
          <span>{STATE_WORDS[state].title}</span>
        </button>
      ))}
    </section>
  );
}
