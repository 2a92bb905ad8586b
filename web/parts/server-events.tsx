// What happened to one server in the last day, newest first.
import { useState } from "preact/hooks";
import { nowMs } from "../data/clock.ts";
import type { ServerEvent } from "../data/types.ts";
import { titleOf } from "../lib/events.ts";
import { duration } from "../lib/format.ts";
import { Time } from "./time.tsx";

const SHOWN = 12;

/** The newest ones; all of them on demand. */
export function ServerEvents({ events }: { events: readonly ServerEvent[] }) {
  const [isAll, setAll] = useState(false);
  return (
    <section>
      <h2>What happened</h2>
      {events.length === 0 && <p class="under">Nothing in the last 24 hours.</p>}
      <ul class="events">
        {events.slice(0, isAll ? undefined : SHOWN).map((event) => (
          <li key={`${event.at} ${event.kind} ${event.rule} ${event.note}`}>
            <Event event={event} />
          </li>
        ))}
      </ul>
      {events.length > SHOWN && !isAll && (
        <button type="button" onClick={() => setAll(true)}>
          All {events.length} events
        </button>
      )}
    </section>
  );
}

function Event({ event }: { event: ServerEvent }) {
  const { at, until, kind, rule, leadMs, note } = event;
  const isOpen = until !== null && Date.parse(until) > nowMs.value;
  return (
    <>
      <Time at={at} /> {rule && <b>{rule} </b>}
      {titleOf(event)}
      {leadMs !== null && `, ${duration(leadMs)} ahead`}
      {until && (
        <>
          {kind === "predicted" ? " to begin before " : " until "}
          <Time at={until} />
        </>
      )}
      {note && `: ${note}`} {isOpen && <strong>(open)</strong>}
    </>
  );
}
