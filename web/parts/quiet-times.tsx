// Silences and maintenance that hold or are to come.
import { useState } from "preact/hooks";
import { type ApiError, send } from "../data/api.ts";
import { nowMs } from "../data/clock.ts";
import type { QuietTime } from "../data/types.ts";
import { Time } from "./time.tsx";

/** The list; each can be ended. */
export function QuietTimes({ quiet, onChange }: { quiet: readonly QuietTime[]; onChange: () => void }) {
  const [fault, setFault] = useState("");
  const open = quiet.filter(({ until }) => Date.parse(until) > nowMs.value);
  const end = (id: string) => {
    setFault("");
    send("DELETE", `quiet-times/${encodeURIComponent(id)}`).then(onChange, ({ message }: ApiError) =>
      setFault(message),
    );
  };
  return (
    <section>
      <h2>Silences and maintenance</h2>
      {open.length === 0 && <p class="under">None.</p>}
      <ul class="events">
        {open.map(({ id, kind, matchers, from, until, author, comment }) => (
          <li key={id}>
            {kind === "silence" ? "Silence" : "Maintenance"} of{" "}
            {matchers.map(({ name, isEqual, value }) => `${name} ${isEqual ? "=" : "≠"} ${value}`).join(", ")},{" "}
            <Time at={from} /> to <Time at={until} />, {author}
            {comment && `: ${comment}`}{" "}
            <button type="button" onClick={() => end(id)} aria-label={`End now: ${kind} by ${author}`}>
              End now
            </button>
          </li>
        ))}
      </ul>
      {fault && <p role="alert">{fault}</p>}
    </section>
  );
}
