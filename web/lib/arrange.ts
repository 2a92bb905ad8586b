// The ranked list as it is asked for: searched, filtered, sorted.
import type { ServerItem } from "../data/types.ts";
import type { RankedServer } from "./risk.ts";

/** Orders of the list. */
export const ORDERS = { risk: "Risk", time: "Time to breach", name: "Name", age: "Age of data" } as const;
export type Order = keyof typeof ORDERS;

const orNever = (timeMs: number | null): number => timeMs ?? Number.POSITIVE_INFINITY;
const COMPARE: Record<Order, (a: RankedServer, b: RankedServer) => number> = {
  risk: (a, b) => Number(b.state === "incident") - Number(a.state === "incident") || b.probability - a.probability,
  time: (a, b) =>
    compare(orNever(a.time.p50Ms), orNever(b.time.p50Ms)) ||
    compare(orNever(a.time.p10Ms), orNever(b.time.p10Ms)) ||
    b.probability - a.probability,
  name: () => 0,
  age: (a, b) => Date.parse(a.item.lastSeenAt) - Date.parse(b.item.lastSeenAt),
};

/** Servers for the parameters `search`, `state`, `label` (`name:value`), `sort` and `reverse`. */
export function arrange(ranked: readonly RankedServer[], chosen: URLSearchParams): RankedServer[] {
  const search = (chosen.get("search") ?? "").toLowerCase();
  const state = chosen.get("state") ?? "";
  const label = chosen.get("label") ?? "";
  const at = label.indexOf(":");
  const order = COMPARE[(chosen.get("sort") ?? "risk") as Order] ?? COMPARE.risk;
  const sign = chosen.get("reverse") ? -1 : 1;
  return ranked
    .filter(
      ({ name, state: own, item }) =>
        name.toLowerCase().includes(search) &&
        (state === "" || state === own) &&
        (label === "" || item.labels[label.slice(0, at)] === label.slice(at + 1)),
    )
    .sort((a, b) => sign * (order(a, b) || (a.name < b.name ? -1 : 1)));
}

/** Horizons of the model's breach probabilities in milliseconds. */
export function horizonsOf(servers: readonly ServerItem[]): number[] {
  return servers.find(({ prediction }) => prediction !== undefined)?.prediction?.breaches[0]?.withinMs ?? [];
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
