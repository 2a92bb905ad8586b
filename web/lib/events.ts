// What can happen to a server, in words.
import type { ServerEvent } from "../data/types.ts";

/** The weightiest first: where there is no room for all names, what came is named before what was foretold. */
const EVENTS: Record<ServerEvent["kind"], { mark: string; title: string }> = {
  missed: { mark: "missed", title: "incident began without a prediction" },
  confirmed: { mark: "came true", title: "incident began, as predicted" },
  incident: { mark: "incident", title: "incident began" },
  averted: { mark: "averted", title: "averted: no incident came" },
  expired: { mark: "did not come", title: "predicted, but did not come in time" },
  predicted: { mark: "predicted", title: "predicted" },
  maintenance: { mark: "maintenance", title: "maintenance" },
  silence: { mark: "silenced", title: "silenced" },
  state: { mark: "state", title: "reported state" },
  acknowledged: { mark: "noted", title: "acknowledged" },
};

/** As it stands on charts, where there is little room. */
export function markOf({ kind, note }: ServerEvent): string {
  return kind === "state" ? note : EVENTS[kind].mark;
}

/** As it stands in lists, without its times. */
export function titleOf({ kind }: ServerEvent): string {
  return EVENTS[kind].title;
}

/** Events in the order in which they may take room. */
export function byWeight(events: readonly ServerEvent[]): ServerEvent[] {
  const kinds = Object.keys(EVENTS);
  return events.toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
}
