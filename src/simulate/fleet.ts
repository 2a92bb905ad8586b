// Which servers a fleet of a given size has. A larger fleet contains the smaller one.
import { PROFILES, type Profile } from "./profiles.ts";

/** A profile of the built-in contract. */
export type ProfileName = keyof typeof PROFILES;

/** A server before it is simulated. */
export interface PlannedServer {
  server: string;
  profile: ProfileName;
}

/**
 * The servers of a fleet, sorted by name. The first seven are one of each profile; every further one goes to the
 * profile that is furthest below its share.
 */
export function planFleet(servers: number): PlannedServer[] {
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
    planned.push({ server: serverName(PROFILES[profile], number), profile });
  }
  return planned.sort((a, b) => (a.server < b.server ? -1 : 1));
}

function serverName({ prefix, digits }: Profile, number: number): string {
  return `${prefix}${String(number).padStart(digits, "0")}`;
}
