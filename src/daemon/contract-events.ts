// The breach rules of a contract as events that alerts watch.
import { defaultAlertRules, type WatchedEvent, watchedEvents } from "../alert/index.ts";
import type { Contract } from "../contract/index.ts";

/** One event for each breach rule, by its identifier; no horizon matters to it. */
export function contractEvents(contract: Contract): WatchedEvent[] {
  return watchedEvents(defaultAlertRules(contract, { within: "1h" }));
}
