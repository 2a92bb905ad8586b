// What is left of a damaged log of the database. A power cut may leave its end as zeros or half written; DuckDB then
// refuses all of it. Its longest beginning that DuckDB reads holds every commit that was on the disk before the damage.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../base/index.ts";

/** First bytes of a log of DuckDB: its entry of version 2. Other logs are left alone. */
const HEADER = Buffer.from([0x64, 0x00, 0x62, 0x65, 0x00, 0x02, 0xff, 0xff]);
/** Size and checksum before the content of each entry, 8 bytes each. */
const ENTRY_HEAD = 16;
const PROBE_FOLDER = "probe";

/** What was kept of a log. */
export interface SalvagedLog {
  keptBytes: number;
  lostBytes: number;
}

/**
 * Cuts the log of a database file to its longest readable beginning.
 * @param opens Whether the database in a folder can be opened and read, log included.
 * @param keepWhole Called before the log is cut, to put the whole of it aside.
 * @returns Null when there is no such log, or nothing of it can be read.
 */
export async function salvageLog(
  directory: string,
  databaseFile: string,
  opens: (folder: string) => Promise<boolean>,
  keepWhole: (path: string) => void,
): Promise<SalvagedLog | null> {
  const path = join(directory, `${databaseFile}.wal`);
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  const ends = entryEnds(bytes);
  if (ends.length === 0) return null;
  const probe = join(directory, PROBE_FOLDER);
  const isReadable = async (size: number): Promise<boolean> => {
    rmSync(probe, { recursive: true, force: true });
    mkdirSync(probe);
    copyFileSync(join(directory, databaseFile), join(probe, databaseFile));
    writeFileAtomic(join(probe, `${databaseFile}.wal`), bytes.subarray(0, size));
    return opens(probe);
  };
  try {
    if (!(await isReadable(ends[0]!))) return null;
    let [good, bad] = [0, ends.length];
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      if (await isReadable(ends[middle]!)) good = middle;
      else bad = middle;
    }
    const keptBytes = ends[good]!;
    keepWhole(path);
    writeFileAtomic(path, bytes.subarray(0, keptBytes));
    return { keptBytes, lostBytes: bytes.length - keptBytes };
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

/** Where the entries of a log end, the header's end first; empty for a log of another form. */
function entryEnds(bytes: Buffer): number[] {
  if (!bytes.subarray(0, HEADER.length).equals(HEADER)) return [];
  const ends = [HEADER.length];
  for (let at = HEADER.length; at + ENTRY_HEAD <= bytes.length; ) {
    const size = Number(bytes.readBigUInt64LE(at));
    at += ENTRY_HEAD + size;
    if (size === 0 || at > bytes.length) break;
    ends.push(at);
  }
  return ends;
}
