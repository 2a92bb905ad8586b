// Which servers a fleet of a given size has, and which services they form.
import type { Rng } from "../../base/index.ts";
import { drawPersonality, type Personality } from "./personality.ts";
import { PROFILES, type Profile, type ProfileName } from "./profiles.ts";

/** Most servers of one profile that share a service. */
const SERVICE_SIZE = 6;

/** A server before it is simulated. */
export interface PlannedServer {
  server: string;
  profile: ProfileName;
  /** The servers of one service do the same work and fail for the same callers. */
  service: string;
  personality: Personality;
}

/**
 * The servers of a fleet, sorted by name. The first seven are one of each profile; every further one goes to the
 * profile that is furthest below its share. What a server is depends on `rng` and its name, not on the fleet's size.
 */
export function planFleet(servers: number, rng: Rng): PlannedServer[] {
  const names = Object.keys(PROFILES) as ProfileName[];
  const counts = new Map<ProfileName, number>(names.map((name) => [name, 0]));
  const need = (name: ProfileName): number => {
    const count = counts.get(name)!;
    return count === 0 ? 1 + PROFILES[name].share : PROFILES[name].share / (count + 1);
  };
  const planned: PlannedServer[] = [];
  for (let i = 0; i < servers; i++) {
    const profile = names.reduce((best, name) => (need(name) > need(best) ? name : best));
    const number = counts.get(profile)! + 1;
    counts.set(profile, number);
    const server = serverName(PROFILES[profile], number);
    const service = `${profile}-${Math.ceil(number / SERVICE_SIZE)}`;
    const personality = drawPersonality(
      PROFILES[profile],
      rng.fork(`service ${service}`),
      rng.fork(`server ${server}`),
    );
    planned.push({ server, profile, service, personality });
  }
  return planned.sort((a, b) => (a.server < b.server ? -1 : 1));
}

function serverName({ prefix, digits }: Profile, number: number): string {
  return `${prefix}${String(number).padStart(digits, "0")}`;
}
