// days/manifest.json: which Parquet files are part of the store, with their checksums. A file counts from the moment that
// the manifest names it until the moment that it does not; the manifest is replaced whole (rule F4).
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ForewarnError, makeDirectory, writeFileAtomic } from "../../base/index.ts";
import { type Contract, contractHash } from "../../contract/index.ts";
import { moveAside } from "./database.ts";
import type { StoreGap } from "./live-store.ts";

const DAY_MS = 86_400_000;

const sealedDaySchema = z.strictObject({
  /** Midnight UTC. */
  dayMs: z.number().int(),
  file: z.string().regex(/^\d{4}-\d\d-\d\d(\.\d+)?\.parquet$/),
  generation: z.number().int().min(1),
  rows: z.number().int(),
  bytes: z.number().int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const gapSchema = z.strictObject({
  code: z.literal("store_corruption"),
  fromMs: z.number().nullable(),
  toMs: z.number().nullable(),
  file: z.string(),
  message: z.string(),
});
const manifestSchema = z.strictObject({
  formatVersion: z.literal(1),
  contractHash: z.string(),
  days: z.array(sealedDaySchema),
  gaps: z.array(gapSchema),
});

/** A day in a Parquet file of its own. */
export type SealedDay = z.infer<typeof sealedDaySchema>;

/** The sealed days of a store. */
export interface DayManifest {
  /** Folder of the files. */
  readonly folder: string;
  /** Sealed days that overlap [fromMs, toMs), oldest first; every file is checked against its checksum on first use. */
  days(fromMs: number, toMs: number): Promise<SealedDay[]>;
  /** All sealed days, oldest first, unchecked. */
  list(): readonly SealedDay[];
  gaps(): readonly StoreGap[];
  /** Names a new file for its day. The file must be whole, synced and in place. */
  publish(day: SealedDay): void;
  /** Takes days and gaps that end at or before `timeMs` out, then deletes the files. */
  dropBefore(timeMs: number): void;
  addGap(gap: Omit<StoreGap, "code">): void;
  /** Deletes Parquet files that the manifest does not name. */
  removeUnlisted(): void;
}

/** Start of the UTC day of a time. */
export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS) * DAY_MS;
}

/** Start of the day after a day. */
export function nextDay(dayMs: number): number {
  return dayMs + DAY_MS;
}

/** File name of a day; later generations of the same day carry their number. */
export function dayFile(dayMs: number, generation: number): string {
  const date = new Date(dayMs).toISOString().slice(0, 10);
  return generation === 1 ? `${date}.parquet` : `${date}.${generation}.parquet`;
}

/**
 * Opens the manifest of the store `directory`, making it if needed. A damaged one is set aside and made anew from the
 * files; files that are missing or of another size become gaps.
 * @throws ForewarnError `contract_mismatch` for a store of another contract, `disk_full`, `path_not_writable`.
 */
export async function openDayManifest(directory: string, contract: Contract): Promise<DayManifest> {
  const folder = join(directory, "days");
  const path = join(folder, "manifest.json");
  makeDirectory(folder);
  const days = new Map<number, SealedDay>();
  let gaps: StoreGap[] = [];
  const checked = new Set<string>();

  const sorted = (): SealedDay[] => [...days.values()].sort((a, b) => a.dayMs - b.dayMs);
  const save = (): void => {
    const document = { formatVersion: 1, contractHash: contractHash(contract), days: sorted(), gaps };
    writeFileAtomic(path, `${JSON.stringify(document, null, 2)}\n`);
  };
  const quarantine = (day: SealedDay, reason: string): void => {
    const there = existsSync(join(folder, day.file));
    const file = there ? moveAside(directory, folder, day.file) : join("days", day.file);
    days.delete(day.dayMs);
    const message = `${day.file}: ${reason}`;
    gaps.push({ code: "store_corruption", fromMs: day.dayMs, toMs: nextDay(day.dayMs), file, message });
    save();
  };
  const addGap = (gap: Omit<StoreGap, "code">): void => {
    gaps.push({ code: "store_corruption", ...gap });
    save();
  };
  const rebuild = async (): Promise<void> => {
    for (const file of parquetNames(folder)) {
      const [, date, generation] = /^(.+?)(?:\.(\d+))?\.parquet$/.exec(file)!;
      const dayMs = Date.parse(`${date}T00:00:00Z`);
      const entry = { dayMs, file, generation: Number(generation ?? 1), rows: -1 };
      if ((days.get(dayMs)?.generation ?? 0) > entry.generation || Number.isNaN(dayMs)) continue;
      days.set(dayMs, { ...entry, ...(await fingerprint(join(folder, file))) });
    }
  };

  if (existsSync(path)) {
    const stored = readManifest(path);
    if (stored === null) {
      const file = moveAside(directory, folder, "manifest.json");
      await rebuild();
      addGap({
        fromMs: null,
        toMs: null,
        file,
        message: "manifest.json: damaged; made anew from the files of the days",
      });
    } else {
      if (stored.contractHash !== contractHash(contract)) {
        const message = `${directory}: Expected a store of the contract ${contract.name} ${contract.version}, got another`;
        throw new ForewarnError("contract_mismatch", message, { hint: "choose another data directory" });
      }
      for (const day of stored.days) days.set(day.dayMs, day);
      gaps = stored.gaps;
    }
  } else {
    await rebuild();
    save();
  }
  for (const day of sorted()) {
    const bytes = statSync(join(folder, day.file), { throwIfNoEntry: false })?.size;
    if (bytes !== day.bytes) quarantine(day, `Expected ${day.bytes} bytes, got ${bytes ?? "no file"}`);
  }

  return {
    folder,
    async days(fromMs, toMs) {
      for (const day of sorted()) {
        if (day.dayMs >= toMs || nextDay(day.dayMs) <= fromMs || checked.has(day.file)) continue;
        const found = await fingerprint(join(folder, day.file));
        // Another file may have taken its place meanwhile.
        if (days.get(day.dayMs)?.file !== day.file) continue;
        if (found.sha256 === day.sha256) checked.add(day.file);
        else quarantine(day, "Expected the SHA-256 of the manifest, got another");
      }
      return sorted().filter((day) => day.dayMs < toMs && nextDay(day.dayMs) > fromMs);
    },
    list: sorted,
    gaps: () => gaps,
    publish(day) {
      days.set(day.dayMs, day);
      checked.add(day.file);
      save();
    },
    dropBefore(timeMs) {
      const old = sorted().filter((day) => nextDay(day.dayMs) <= timeMs);
      const keptGaps = gaps.filter(({ toMs }) => toMs === null || toMs > timeMs);
      if (old.length === 0 && keptGaps.length === gaps.length) return;
      for (const { dayMs } of old) days.delete(dayMs);
      gaps = keptGaps;
      save();
      for (const { file } of old) rmSync(join(folder, file), { force: true });
    },
    addGap,
    removeUnlisted() {
      const listed = new Set(sorted().map(({ file }) => file));
      for (const name of parquetNames(folder)) if (!listed.has(name)) rmSync(join(folder, name), { force: true });
    },
  };
}

/** Length and SHA-256 of a file. */
export async function fingerprint(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    bytes += (chunk as Buffer).length;
    hash.update(chunk as Buffer);
  }
  return { bytes, sha256: hash.digest("hex") };
}

function parquetNames(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".parquet") && !name.startsWith("."));
}

function readManifest(path: string): z.infer<typeof manifestSchema> | null {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}
