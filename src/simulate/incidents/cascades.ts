// Cascades: one service falls ill, and minutes later its callers drown in their own retries, then the callers of those.
import type { Rng } from "../../base/index.ts";
import type { Topology } from "../fleet/topology.ts";
import { between, chance, DAY_MS, exponential, logBetween, MINUTE_MS, pick } from "../random.ts";
import { drawIncident } from "./draw-incident.ts";
import type { Incident } from "./incident.ts";
import { KINDS } from "./kinds.ts";

/** Mean time between two cascades that begin in one service with callers. */
const EVERY_DAYS = 40;
/** Delay of a caller after the called, at the first hop and at the second. */
const HOP_MINUTES: readonly (readonly [number, number])[] = [
  [10, 40],
  [20, 70],
];
/** Share of a caller's servers that are drawn in, from one cascade to another. */
const SPREAD = [0.2, 0.6] as const;
const MOST_SERVERS = 12;
/** Share of the callers that come through without a breach. */
const SPARED_SHARE = 0.2;

/** The cascades of a fleet, planned in time order as far as asked for. */
export interface Cascades {
  /** Incidents of one server that begin before `timeMs`, in time order; an array that only grows. */
  of(server: string, timeMs: number): readonly Incident[];
}

/** Plans cascades from `startMs` on. `rate` multiplies their frequency; 0 is none. */
export function createCascades(rng: Rng, topology: Topology, startMs: number, rate: number): Cascades {
  const byServer = new Map<string, Incident[]>();
  const roots = [...topology.callers].flatMap(([service, callers]) => {
    const own = rng.fork(`cascades ${service}`);
    const everyMs = (EVERY_DAYS * DAY_MS) / rate;
    return callers.length === 0 || rate === 0
      ? []
      : [{ service, rng: own, everyMs, nextMs: startMs + exponential(own, everyMs) }];
  });
  return {
    of(server, timeMs) {
      for (;;) {
        const root = roots.reduce<(typeof roots)[number] | null>(
          (first, one) => (first === null || one.nextMs < first.nextMs ? one : first),
          null,
        );
        if (root === null || root.nextMs >= timeMs) return byServer.get(server) ?? [];
        for (const incident of drawCascade(root.rng, topology, root.service, root.nextMs)) {
          const others = byServer.get(incident.server) ?? [];
          byServer.set(incident.server, others);
          if (others.every((other) => !overlaps(other, incident))) others.push(incident);
        }
        root.nextMs += DAY_MS + exponential(root.rng, root.everyMs);
      }
    },
  };
}

/**
 * One cascade that begins in a server of `service` at `startMs`; the root comes first.
 * @param leadMinutes Least and longest rise of the callers' storms; that of their kind if left out.
 */
export function drawCascade(
  rng: Rng,
  topology: Topology,
  service: string,
  startMs: number,
  leadMinutes: readonly [number, number] = KINDS.retry_storm.leadMinutes,
): Incident[] {
  const rootServer = pick(rng, topology.servers.get(service)!);
  const rootKind = chance(rng, 0.5) ? "pool_exhaustion" : "queue_growth";
  const id = `${rootServer}-c${Math.round(startMs / MINUTE_MS)}`;
  const root = drawIncident(rng, {
    id,
    server: rootServer,
    kind: rootKind,
    startMs,
    course: "breaches",
    leadMs: between(rng, 40, 90) * MINUTE_MS,
  });
  const incidents = [root];
  let layer = [{ service, incident: root }];
  const seen = new Set([service]);
  const spread = between(rng, ...SPREAD);
  for (const hopMinutes of HOP_MINUTES) {
    const next: typeof layer = [];
    for (const { service: called, incident: parent } of layer) {
      for (const caller of topology.callers.get(called)!) {
        if (seen.has(caller)) continue;
        seen.add(caller);
        for (const server of topology.servers.get(caller)!.filter(() => chance(rng, spread))) {
          if (incidents.length >= MOST_SERVERS) return incidents;
          const child = drawIncident(rng, {
            id: `${server}-c${Math.round(startMs / MINUTE_MS)}`,
            server,
            kind: "retry_storm",
            startMs: parent.startMs + between(rng, ...hopMinutes) * MINUTE_MS,
            course: chance(rng, SPARED_SHARE) ? "recovers" : "breaches",
            leadMs: logBetween(rng, ...leadMinutes) * MINUTE_MS,
            parentId: parent.id,
          });
          incidents.push(child);
          next.push({ service: caller, incident: child });
        }
      }
    }
    layer = next;
  }
  return incidents;
}

function overlaps(a: Incident, b: Incident): boolean {
  return a.startMs < b.backMs + DAY_MS / 8 && b.startMs < a.backMs + DAY_MS / 8;
}
