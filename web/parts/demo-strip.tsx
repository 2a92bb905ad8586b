// The demo: buttons that change what goes wrong, what is going on, and how far each incident has come. Only a daemon that
// plays the simulated feed has it.
import { useState } from "preact/hooks";
import { type ApiError, get, send } from "../data/api.ts";
import { nowMs } from "../data/clock.ts";
import { changes, type Snapshot } from "../data/live.ts";
import { useResource } from "../data/resource.ts";
import { linkTo } from "../data/route.ts";
import type { Demo, DemoIncident } from "../data/types.ts";
import { headline, STEP_WORDS, stepOf } from "../lib/demo.ts";
import { duration, words } from "../lib/format.ts";
import { Time } from "./time.tsx";

/** The strip on top of every place; nothing without a demo. */
export function DemoStrip({ now, revision }: { now: Snapshot; revision: number }) {
  return now.status.demo === null ? null : <Strip now={now} revision={revision} />;
}

function Strip({ now, revision }: { now: Snapshot; revision: number }) {
  const [pressed, setPressed] = useState(0);
  const [fault, setFault] = useState("");
  const demo = useResource("demo", `${now.fleet.tick?.issuedAt} ${revision} ${pressed}`, (signal) =>
    get<Demo>("demo", {}, signal),
  );
  if (demo.value === null) return null;
  const { scenarios, scenario, incidents, counts, startedAt, endsAt } = demo.value;
  const [beganMs, overMs, atMs] = [Date.parse(startedAt), Date.parse(endsAt), nowMs.value];
  const tell = (name: string) => {
    setFault("");
    send("POST", "demo/scenario", { scenario: name }).then(
      () => {
        setPressed(pressed + 1);
        changes.value++;
      },
      ({ message }: ApiError) => setFault(message),
    );
  };
  return (
    <section class="demo" aria-label="Demo">
      <div class="choices">
        <fieldset class="switch">
          <legend>Simulated story</legend>
          {scenarios.map((name) => (
            <button key={name} type="button" aria-pressed={name === scenario} onClick={() => tell(name)}>
              {words(name)}
            </button>
          ))}
        </fieldset>
        <label class="choice">
          <span>
            {duration(Math.max(0, Math.min(atMs, overMs) - beganMs))} of {duration(overMs - beganMs)}
          </span>
          <progress max={overMs - beganMs} value={Math.max(0, atMs - beganMs)} />
        </label>
        <p class="tally">
          <b>{counts.confirmed}</b> came true <b>{counts.expired}</b> did not come <b>{counts.missed}</b> missed
        </p>
      </div>
      <p class="headline">{headline(demo.value, atMs)}</p>
      {fault && <p role="alert">{fault}</p>}
      <ol class="steps" aria-live="polite">
        {incidents
          .filter(({ startsAt }) => Date.parse(startsAt) <= atMs)
          .map((incident) => (
            <Steps key={`${incident.server} ${incident.startsAt}`} incident={incident} atMs={atMs} />
          ))}
      </ol>
    </section>
  );
}

/** Began, predicted, came true; with the simulated times. */
function Steps({ incident, atMs }: { incident: DemoIncident; atMs: number }) {
  const { server, sign, startsAt, predictedAt, beganAt, leadMs, course } = incident;
  const step = stepOf(incident, atMs);
  return (
    <li>
      <a href={linkTo(["servers", server])}>{server}</a> {sign} <span class="quiet">since</span> <Time at={startsAt} />
      {predictedAt !== null && (
        <>
          {" "}
          <span aria-hidden="true">→</span> <b>predicted</b> <Time at={predictedAt} />
        </>
      )}{" "}
      <span aria-hidden="true">→</span>{" "}
      {step === "confirmed" || step === "missed" ? (
        <>
          <b>{STEP_WORDS[step]}</b> <Time at={beganAt} />
          {leadMs !== null && `, ${duration(leadMs)} ahead`}
        </>
      ) : (
        <span class="quiet">
          {step === "over" && course === "repaired"
            ? "repaired in time"
            : step === "predicted"
              ? "open"
              : STEP_WORDS[step]}
        </span>
      )}
    </li>
  );
}
