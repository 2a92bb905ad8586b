// The ranked list as it is asked for: searched, filtered, sorted.
import { type Ranking, timeOf } from "./ranking.ts";
import { type PredictedState, STATES } from "./risk.ts";

/** Orders of the list. */
export const ORDERS = { risk: "Risk", time: "Time to breach", name: "Name", age: "Age of data" } as const;
export type Order = keyof typeof ORDERS;

/** By how much a server precedes another one; servers that are level stay in the order of their names. */
type Compare = (a: number, b: number) => number;

const COMPARE: Record<Order, (ranking: Ranking) => Compare> = {
  risk({ state, probability }) {
    const incident = STATES.indexOf("incident");
    const weight = probability.map((value, server) => (state[server] === incident ? 2 + value : value));
    return (a, b) => weight[b]! - weight[a]!;
  },
  time(ranking) {
    const count = ranking.state.length;
    const [p50Ms, p10Ms] = [new Float64Array(count), new Float64Array(count)];
    for (let server = 0; server < count; server++) {
      const time = timeOf(ranking, server);
      p50Ms[server] = time.p50Ms ?? Number.MAX_VALUE;
      p10Ms[server] = time.p10Ms ?? Number.MAX_VALUE;
    }
    const { probability } = ranking;
    return (a, b) => p50Ms[a]! - p50Ms[b]! || p10Ms[a]! - p10Ms[b]! || probability[b]! - probability[a]!;
  },
  name: () => (a, b) => a - b,
  age:
    ({ table: { lastSeenMs } }) =>
    (a, b) =>
      lastSeenMs[a]! - lastSeenMs[b]!,
};

/** Servers for the parameters `search`, `state`, `label` (`name:value`), `sort` and `reverse`. */
export function arrange(ranking: Ranking, chosen: URLSearchParams): number[] {
  const { table, state } = ranking;
  const search = (chosen.get("search") ?? "").toLowerCase();
  const wanted = STATES.indexOf(chosen.get("state") as PredictedState);
  const fitsLabel = labelFilter(ranking, chosen.get("label") ?? "");
  const servers: number[] = [];
  for (const [server, name] of table.searchNames.entries()) {
    if (name.includes(search) && (wanted < 0 || state[server] === wanted) && fitsLabel(server)) servers.push(server);
  }
  const compare = (COMPARE[(chosen.get("sort") ?? "risk") as Order] ?? COMPARE.risk)(ranking);
  const sign = chosen.get("reverse") ? -1 : 1;
  return servers.sort((a, b) => sign * (compare(a, b) || a - b));
}

function labelFilter({ table: { labels, labelCodes } }: Ranking, label: string): (server: number) => boolean {
  if (label === "") return () => true;
  const at = label.indexOf(":");
  const column = labels.findIndex(({ name }) => name === label.slice(0, at));
  const code = labels[column]?.values.indexOf(label.slice(at + 1)) ?? -1;
  return (server) => code >= 0 && labelCodes[server * labels.length + column] === code;
}
