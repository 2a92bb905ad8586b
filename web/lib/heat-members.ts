// Who is on the heat map and in which group: it changes less often than the risks, and only then the map is laid out anew.
import type { FleetTable } from "../data/fleet-table.ts";

/** Servers in the order of their names, with the title of the group of each. */
export interface HeatMembers {
  names: readonly string[];
  servers: Uint32Array;
  groups: readonly string[];
}

/**
 * The members for the servers that are shown.
 * @param group Label to group by; another name makes one group.
 * @param before The members so far: they are given back when nothing differs.
 */
export function membersOf(
  { names, labels, labelCodes }: FleetTable,
  shown: readonly number[],
  group: string,
  before: HeatMembers | null,
): HeatMembers {
  const servers = Uint32Array.from(shown).sort();
  const column = labels.findIndex(({ name }) => name === group);
  const groups = Array.from(servers, (server) =>
    column < 0 ? "" : (labels[column]!.values[labelCodes[server * labels.length + column]!] ?? `no ${group}`),
  );
  const areSame =
    before !== null &&
    before.names === names &&
    before.servers.length === servers.length &&
    servers.every((server, at) => server === before.servers[at] && groups[at] === before.groups[at]);
  return areSame ? before : { names, servers, groups };
}
