// What a row gets from its file: its server when the file name says it, and its number when rows carry no time.
import { basename } from "node:path";
import type { Issue } from "../base/index.ts";
import type { Mapping } from "./mapping.ts";
import type { FileStats } from "./row-checks.ts";

/** A file among all files of an import. */
export interface FilePlace extends FileStats {
  /** Order of arrival, from 0. */
  index: number;
  /** Server of all its rows; null when a column says it. */
  server: string | null;
  /** Rows of the same server in the files that come before it. */
  startRow: number;
}

/**
 * Places files, given in their order of arrival. With a `sequence` in the mapping the files of one server follow each
 * other in the order of its patterns, then of arrival.
 */
export function placeFiles(files: readonly FileStats[], mapping: Mapping): FilePlace[] {
  const places = files.map((file, index) => ({ ...file, index, server: serverOf(file.path, mapping), startRow: 0 }));
  if ("column" in mapping.timestamp) return places;
  const patterns = mapping.timestamp.sequence.map((pattern) => new RegExp(pattern));
  const rank = ({ path }: FilePlace): number => {
    const index = patterns.findIndex((pattern) => pattern.test(basename(path)));
    return index === -1 ? patterns.length : index;
  };
  const rowsSoFar = new Map<string | null, number>();
  for (const place of [...places].sort((a, b) => rank(a) - rank(b) || a.index - b.index)) {
    place.startRow = rowsSoFar.get(place.server) ?? 0;
    rowsSoFar.set(place.server, place.startRow + place.rows);
  }
  return places;
}

/** Reports the files whose names do not give the server that the mapping expects there. */
export function filesWithoutServer(paths: readonly string[], mapping: Mapping): Issue[] {
  if (!("fromFileName" in mapping.server)) return [];
  const pattern = mapping.server.fromFileName;
  return paths
    .filter((path) => serverOf(path, mapping) === null)
    .map((path) => ({
      code: "server_missing",
      path: "server",
      message: `Expected a file name that matches ${pattern}, got ${basename(path)}`,
    }));
}

function serverOf(path: string, { server }: Mapping): string | null {
  if ("constant" in server) return server.constant;
  if ("fromFileName" in server) return new RegExp(server.fromFileName).exec(basename(path))?.[1] ?? null;
  return null;
}
