// Who calls whom: services call services of other profiles, and a failure travels from the called to its callers.
import type { Rng } from "../../base/index.ts";
import { between } from "../random.ts";
import type { PlannedServer } from "./plan-fleet.ts";
import type { ProfileName } from "./profiles.ts";

/** The profiles that a profile's services depend on. */
const CALLS: Record<ProfileName, readonly ProfileName[]> = {
  web_api: ["database", "generic"],
  risk_analytics: ["database"],
  data_ingest: ["database"],
  ml_compute: ["data_ingest", "database"],
  conductor_mgmt: ["generic"],
  generic: ["database"],
  database: [],
};
const MOST_CALLED = 2;

/** The services of a fleet and their calls. */
export interface Topology {
  /** Names of the servers, by service. */
  servers: ReadonlyMap<string, readonly string[]>;
  /** The services that a service calls. */
  calls: ReadonlyMap<string, readonly string[]>;
  /** The services that call a service. */
  callers: ReadonlyMap<string, readonly string[]>;
}

/** Draws the calls of every service: one or two services of each profile that it depends on. */
export function drawTopology(fleet: readonly PlannedServer[], rng: Rng): Topology {
  const servers = new Map<string, string[]>();
  const byProfile = new Map<ProfileName, string[]>();
  for (const { server, service, profile } of fleet) {
    if (!servers.has(service)) {
      servers.set(service, []);
      byProfile.set(profile, [...(byProfile.get(profile) ?? []), service]);
    }
    servers.get(service)!.push(server);
  }
  const calls = new Map<string, string[]>();
  const callers = new Map<string, string[]>([...servers.keys()].map((service) => [service, []]));
  for (const [profile, services] of byProfile) {
    for (const service of services) {
      const own = rng.fork(service);
      const called = CALLS[profile].flatMap((name) => {
        const candidates = [...(byProfile.get(name) ?? [])];
        const count = Math.min(candidates.length, Math.round(between(own, 1, MOST_CALLED)));
        return Array.from({ length: count }, () => candidates.splice(own.integer(candidates.length), 1)[0]!);
      });
      calls.set(service, called);
      for (const name of called) callers.get(name)!.push(service);
    }
  }
  return { servers, calls, callers };
}
