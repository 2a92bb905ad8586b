// What a replay stands on: whose forecasts, of when, and whether they are enough.
import type { Replay } from "../data/types.ts";
import { Notice } from "./notice.tsx";
import { Time } from "./time.tsx";

/** A sentence, and a warning when the figures may be chance. */
export function ReplayBasis({ replay }: { replay: Replay }) {
  const { from, event, forecasts, servers, models, incidents, tooLittle } = replay;
  const isPart = servers.replayed < servers.known;
  return (
    <>
      {tooLittle.length > 0 && (
        <Notice title="Too little to judge">
          <p>
            {tooLittle
              .map((reason, at) => (at === 0 ? `${reason[0]!.toUpperCase()}${reason.slice(1)}` : reason))
              .join("; ")}
            . {forecasts > 0 && "Take the figures below as an example, not as evidence."}
          </p>
        </Notice>
      )}
      {forecasts > 0 && (
        <p class="under">
          {forecasts.toLocaleString()} forecasts of {servers.replayed.toLocaleString()} servers
          {isPart && ` (a part of ${servers.known.toLocaleString()})`} since <Time at={from} />, by{" "}
          {models.length === 1
            ? models[0]!.modelId
            : models.map((one) => `${one.modelId} (${one.forecasts.toLocaleString()})`).join(", ")}
          . In that time {incidents === 1 ? "1 incident" : `${incidents.toLocaleString()} incidents`} began:{" "}
          <code>{event}</code>.
        </p>
      )}
    </>
  );
}
