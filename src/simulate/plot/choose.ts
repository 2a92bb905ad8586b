// Which of all that happened goes on the sheet: the typical rather than the spectacular.
import { FORESEEABLE_KINDS, SUDDEN_KINDS } from "../incidents/incident.ts";
import { type FleetHistory, leadMs, type PastIncident } from "./history.ts";

/** Kinds of incidents in the order of the sheet; work that outgrows a server is no planned incident and comes last. */
export const KIND_ORDER: readonly string[] = [...FORESEEABLE_KINDS, ...SUDDEN_KINDS, "demand_peak"];

const OTHER_OUTCOMES = ["recovered", "repaired", "unbreached"] as const;

/** Incidents by kind, in the order of the sheet, without the kinds that did not happen. */
export function byKind(incidents: readonly PastIncident[]): [kind: string, incidents: PastIncident[]][] {
  return KIND_ORDER.map((kind): [string, PastIncident[]] => [
    kind,
    incidents.filter((incident) => incident.kind === kind),
  ]).filter(([, found]) => found.length > 0);
}

/** One incident of each kind that happened: of those that breached, if any did, the one with the median length. */
export function oneOfEachKind({ incidents, endMs }: FleetHistory): PastIncident[] {
  return byKind(incidents).map(([, found]) => typical(preferred(found, endMs)));
}

/**
 * One incident of each way in which a breach did not come: faded, repaired in time, or not seen in the rows. Of the kind
 * to which it happened most often, and where there is a choice of a kind not chosen yet.
 */
export function oneOfEachEscape({ incidents }: FleetHistory): PastIncident[] {
  const chosen: PastIncident[] = [];
  for (const outcome of OTHER_OUTCOMES) {
    const kinds = byKind(incidents.filter((incident) => incident.outcome === outcome));
    const isNew = ([kind]: (typeof kinds)[number]): boolean => chosen.every((other) => other.kind !== kind);
    const [most] = kinds.toSorted((a, b) => Number(isNew(b)) - Number(isNew(a)) || b[1].length - a[1].length);
    if (most !== undefined) chosen.push(typical(most[1]));
  }
  return chosen;
}

/** One server of each profile: the one with the median number of incidents. */
export function oneOfEachProfile({ servers, incidents }: FleetHistory): FleetHistory["servers"] {
  const counts = new Map<string, number>();
  for (const { server } of incidents) counts.set(server, (counts.get(server) ?? 0) + 1);
  const profiles = [...new Set(servers.map(({ profile }) => profile))].sort();
  return profiles.map((profile) => {
    const own = servers.filter((server) => server.profile === profile);
    return median(own, ({ server }) => counts.get(server) ?? 0);
  });
}

/** An incident of a cascade, and how many steps it is from the first. */
export interface CascadeMember {
  incident: PastIncident;
  /** Place of its parent among the members; null for the first. */
  parent: number | null;
}

/** The cascade that took in the most servers, each parent followed by what it caused; empty without a cascade. */
export function largestCascade({ incidents }: FleetHistory): CascadeMember[] {
  const children = new Map<string, PastIncident[]>();
  for (const incident of incidents) {
    if (incident.parentId === null) continue;
    children.set(incident.parentId, [...(children.get(incident.parentId) ?? []), incident]);
  }
  const collect = (incident: PastIncident, parent: number | null, members: CascadeMember[]): CascadeMember[] => {
    const place = members.push({ incident, parent }) - 1;
    const caused = (children.get(incident.incidentId) ?? []).toSorted((a, b) => a.beganMs - b.beganMs);
    for (const child of caused) collect(child, place, members);
    return members;
  };
  return incidents
    .filter(({ incidentId, parentId }) => parentId === null && children.has(incidentId))
    .map((root) => collect(root, null, []))
    .reduce<CascadeMember[]>((largest, members) => (members.length > largest.length ? members : largest), []);
}

/** The middle one of the items by a number, the upper of the two middle ones; earlier items go first among equals. */
export function median<Item>(items: readonly Item[], of: (item: Item) => number): Item {
  return items.toSorted((a, b) => of(a) - of(b))[Math.floor(items.length / 2)]!;
}

function preferred(found: readonly PastIncident[], endMs: number): readonly PastIncident[] {
  const breached = found.filter(({ outcome, overMs }) => outcome === "breached" && overMs < endMs);
  return breached.length > 0 ? breached : found;
}

function typical(found: readonly PastIncident[]): PastIncident {
  return median(found, (incident) => leadMs(incident) ?? incident.overMs - incident.beganMs);
}
