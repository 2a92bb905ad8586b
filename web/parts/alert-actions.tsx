// Taking note of a prediction, and silencing an alert.
import { useState } from "preact/hooks";
import { type ApiError, send } from "../data/api.ts";
import { daemonNow } from "../data/clock.ts";
import type { Alert } from "../data/types.ts";

const HOUR_MS = 3_600_000;
const SILENCES = [1, 4, 24];

/** What can be done about an alert; a failure is told in the daemon's words. */
export function AlertActions({ alert, onChange }: { alert: Alert; onChange: () => void }) {
  const { rule, server, acknowledgement, phase, labels } = alert;
  const [fault, setFault] = useState("");
  const [isOpen, setOpen] = useState(false);
  const run = (work: Promise<unknown>) => {
    setFault("");
    work.then(
      () => {
        setOpen(false);
        onChange();
      },
      ({ message }: ApiError) => setFault(message),
    );
  };
  const acknowledge = (event: SubmitEvent) => {
    event.preventDefault();
    const note = String(new FormData(event.target as HTMLFormElement).get("note"));
    run(send("POST", "alerts/acknowledge", { rule, server, note }));
  };
  const silence = (hours: number) => {
    const matchers = ["alertname", "server"].map((name) => ({ name, value: labels[name] ?? "" }));
    const until = new Date(daemonNow() + hours * HOUR_MS).toISOString();
    run(send("POST", "quiet-times", { kind: "silence", matchers, until, comment: "from the page" }));
  };
  if (acknowledgement !== null) {
    return (
      <span>
        {acknowledgement.author}
        {acknowledgement.note && <small class="block">{acknowledgement.note}</small>}
      </span>
    );
  }
  if (!isOpen) {
    return (
      <button type="button" onClick={() => setOpen(true)} aria-label={`Act on ${rule} of ${server}`}>
        Act
      </button>
    );
  }
  return (
    <div class="actions">
      {phase === "predicted" && (
        <form onSubmit={acknowledge}>
          <input name="note" aria-label="Note" placeholder="What you do about it" maxLength={1000} />
          <button type="submit">Acknowledge</button>
        </form>
      )}
      <span>
        Silence for{" "}
        {SILENCES.map((hours) => (
          <button type="button" key={hours} onClick={() => silence(hours)}>
            {hours} h
          </button>
        ))}{" "}
        <button type="button" class="plain" onClick={() => setOpen(false)}>
          Cancel
        </button>
      </span>
      {fault && <span role="alert">{fault}</span>}
    </div>
  );
}
