// The part of a fleet that one daemon has, read out of a database: who there is, and what is new of whom.
import type { ForewarnError } from "../../base/index.ts";
import { intervalMs } from "../../contract/index.ts";
import type { BinRange } from "../../store/index.ts";
import type { PrometheusClient } from "../client/client.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { mappingParts } from "./mapping-parts.ts";
import { type ReadPart, readParts, type VisitRows } from "./read-parts.ts";

/** See {@link createFleetReader}. */
export interface FleetReader {
  /**
   * Reads what is new in `window`: of servers that were not there before all of it, of the others the bins since the last
   * reading and those before them that may have changed.
   * @throws ForewarnError What {@link readParts} throws; the next call reads what is missing.
   */
  readNew(client: PrometheusClient, window: BinRange, visit: VisitRows): Promise<void>;
  /**
   * Reads bins of servers, or of everyone for null; others may come along where the mapping can only be asked in whole.
   * @throws ForewarnError As {@link FleetReader.readNew}.
   */
  readBins(
    client: PrometheusClient,
    servers: readonly string[] | null,
    range: BinRange,
    leadBins: number,
    visit: VisitRows,
  ): Promise<void>;
}

/** What a reader needs to know. */
export interface FleetReaderOptions {
  mapping: Mapping;
  /** Whether this daemon has a server. */
  owns: (server: string) => boolean;
  /** Servers beyond this number are not read; those that were read before come first. */
  maxServers: number;
  /** Bins at the end of those that were read before that are read again, since samples may come late. */
  lateBins: number;
  /** Servers of one query; {@link PART_SERVERS} without. */
  partServers?: number | undefined;
  /** Told of servers beyond the limit, at every reading. */
  onRefused: (servers: number) => void;
  /** Told of a server that the mapping cannot make rows of. */
  onUnreadable: (error: ForewarnError) => void;
}

/** Where everyone's reading stands when the mapping is asked in whole. */
const EVERYONE = "";

/** Makes a reader that has read nothing yet. */
export function createFleetReader(options: FleetReaderOptions): FleetReader {
  const { mapping, owns, maxServers, lateBins, onRefused, onUnreadable } = options;
  const parts = mappingParts(mapping, options.partServers);
  const interval = intervalMs(mapping.contract);
  /** Increases of counters need the bin before. */
  const leadBins = mapping.contract.metrics.some(({ kind }) => kind === "counter") ? 1 : 0;
  /** Values of the server label, by server; a machine may have come back under another port. */
  const valuesOf = new Map<string, Set<string>>();
  /** First bin that was not read yet, by value of the server label. */
  const readUntil = new Map<string, number>();

  /** Values of the server label that stand for servers of this daemon and have samples in the bins. */
  const listValues = async (client: PrometheusClient, { first, end }: BinRange): Promise<string[]> => {
    const values = await client.labelValues(mapping.serverLabel, first * interval, end * interval);
    const own = values.filter((value) => {
      const server = parts.serverOf(value);
      if (server === null || !owns(server)) return false;
      valuesOf.set(server, (valuesOf.get(server) ?? new Set()).add(value));
      return true;
    });
    if (own.length <= maxServers) return own.sort();
    onRefused(own.length - maxServers);
    const known = own.filter((value) => readUntil.has(value));
    return [...known, ...own.filter((value) => !readUntil.has(value)).sort()].slice(0, maxServers).sort();
  };
  /** Values by the first bin of theirs to read; those of one server are read together. */
  const planFrom = (values: readonly string[], { first, end }: BinRange): Map<number, string[]> => {
    const firstBins = new Map<string, number>();
    const serverOf = (value: string): string => parts.serverOf(value) ?? value;
    for (const value of values) {
      const until = readUntil.get(value);
      const from = until === undefined ? first : Math.max(first, Math.min(until, end) - lateBins);
      firstBins.set(serverOf(value), Math.min(from, firstBins.get(serverOf(value)) ?? from));
    }
    const plan = new Map<number, string[]>();
    for (const value of values) {
      const from = firstBins.get(serverOf(value))!;
      const group = plan.get(from) ?? [];
      plan.set(from, group);
      group.push(value);
    }
    return plan;
  };

  const partsOf = (values: readonly string[] | null, range: BinRange): ReadPart[] =>
    values === null ? [{ values, range }] : parts.chunks(values).map((chunk) => ({ values: chunk, range }));
  /** Values to ask for; null asks for everyone. */
  const valuesFor = async (
    client: PrometheusClient,
    servers: readonly string[] | null,
    range: BinRange,
  ): Promise<readonly string[] | null> => {
    if (parts.isDivisible) {
      return servers === null ? listValues(client, range) : servers.flatMap((name) => [...(valuesOf.get(name) ?? [])]);
    }
    // A label that the expressions make is the name itself, unless the pattern takes something off it.
    return servers?.every((name) => parts.serverOf(name) === name) ? servers : null;
  };

  return {
    async readNew(client, window, visit) {
      const newest = [...readUntil.values()].reduce((most, bin) => Math.max(most, bin), window.first);
      const listed: BinRange = { first: Math.max(window.first, newest - lateBins - 1), end: window.end };
      const values = parts.isDivisible ? await listValues(client, listed) : [EVERYONE];
      const isListed = new Set(values);
      // Who is gone and comes back is read anew.
      for (const value of readUntil.keys()) if (!isListed.has(value)) readUntil.delete(value);
      const reads = [...planFrom(values, window)].flatMap(([first, group]) =>
        partsOf(parts.isDivisible ? group : null, { first, end: window.end }),
      );
      await readParts(client, mapping, parts, reads, { leadBins, onUnreadable }, async (batch, part) => {
        await visit(batch, part);
        for (const value of part.values ?? [EVERYONE]) readUntil.set(value, part.range.end);
      });
    },
    async readBins(client, servers, range, leadBins, visit) {
      const reads = partsOf(await valuesFor(client, servers, range), range);
      await readParts(client, mapping, parts, reads, { leadBins, onUnreadable }, visit);
    },
  };
}
