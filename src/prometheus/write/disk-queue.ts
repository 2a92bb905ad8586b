// A bounded queue of requests on disk, first in, first out: segments that are appended to, and a position. It survives
// kill -9 and power cuts; when it is full, the oldest requests make room, because the newest forecasts are worth most.
import { type FileHandle, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError, makeDirectory, syncPath } from "../../base/index.ts";
import { openPosition } from "./position.ts";
import { bodyOf, encodeRecord, type QueuedRequest, type RecordPlace, readPlaces } from "./record.ts";

/** See {@link openDiskQueue}. */
export interface DiskQueue {
  /** Appends a request; it can be read at once, and is on stable storage after {@link sync}. @throws File errors. */
  append(request: QueuedRequest): Promise<void>;
  sync(): Promise<void>;
  /** The oldest request, which now stays until {@link shift}; null without any. */
  first(): Promise<QueuedRequest | null>;
  /** Removes what {@link first} gave. */
  shift(): Promise<void>;
  status(): QueueStatus;
  close(): Promise<void>;
}

/** What waits. */
export interface QueueStatus {
  requests: number;
  samples: number;
  bytes: number;
  /** When the oldest samples were taken; null without any. */
  oldestMs: number | null;
}

/** Bounds of a queue and who is told of losses. */
export interface DiskQueueOptions {
  /** Bytes of requests that may wait; the files may hold a segment more. */
  mostBytes: number;
  /** Size from which on a new file is begun. */
  segmentBytes: number;
  /** Called when requests make room for newer ones. */
  onDrop: (samples: number) => void;
  /** Called for bytes at the end of a file that are no whole request: cut off by a crash, or damaged. */
  onDamage: (path: string, bytes: number) => void;
}

interface Segment {
  id: number;
  path: string;
  file: FileHandle;
  bytes: number;
  /** Requests in it that wait. */
  waiting: number;
}

interface Place extends RecordPlace {
  segment: Segment;
}

const NAME = /^(\d{10})\.queue$/;

/** Opens the queue of a directory, or an empty one. Only one process may use it. @throws File errors. */
export async function openDiskQueue(directory: string, options: DiskQueueOptions): Promise<DiskQueue> {
  const { mostBytes, segmentBytes, onDrop, onDamage } = options;
  const guarded = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw fileError(error, directory);
    });
  makeDirectory(directory);
  const position = await guarded(openPosition(join(directory, "position")));
  const { segments, places } = await guarded(readSegments(directory, position.read, onDamage));
  let nextId = Math.max(position.read.segment, segments.at(-1)?.id ?? 0) + 1;
  /** Files of an earlier process are not written to any more. */
  let current: Segment | null = null;
  let isHeld = false;
  let [bytes, samples] = [0, 0];
  for (const place of places) [bytes, samples] = [bytes + place.bytes, samples + place.samples];

  const begin = async (): Promise<Segment> => {
    const id = nextId++;
    const path = join(directory, `${String(id).padStart(10, "0")}.queue`);
    const file = await open(path, "wx+");
    await syncPath(directory);
    current = { id, path, file, bytes: 0, waiting: 0 };
    segments.push(current);
    return current;
  };
  const remove = (at: number): Place => {
    const [place] = places.splice(at, 1) as [Place];
    [bytes, samples] = [bytes - place.bytes, samples - place.samples];
    place.segment.waiting--;
    return place;
  };
  const removeEmpty = async (): Promise<void> => {
    const empty = segments.filter((one) => one.waiting === 0 && one !== current);
    for (const segment of empty) segments.splice(segments.indexOf(segment), 1);
    for (const { file, path } of empty) {
      await file.close();
      await rm(path);
    }
  };
  const makeRoom = async (needed: number): Promise<void> => {
    let dropped = 0;
    const oldest = isHeld ? 1 : 0;
    while (places.length > oldest && bytes + needed > mostBytes) dropped += remove(oldest).samples;
    if (dropped === 0) return;
    onDrop(dropped);
    await removeEmpty();
  };
  const segmentWithRoom = async (): Promise<Segment> => {
    const full = current;
    if (full !== null && full.bytes < segmentBytes) return full;
    await full?.file.datasync();
    const fresh = await begin();
    await removeEmpty();
    return fresh;
  };
  const append = async (request: QueuedRequest): Promise<void> => {
    const record = encodeRecord(request);
    await makeRoom(record.length);
    const segment = await segmentWithRoom();
    const offset = segment.bytes;
    // At a known place, so that what a failed write left is written over by the next.
    for (let at = 0; at < record.length; ) {
      at += (await segment.file.write(record, at, record.length - at, offset + at)).bytesWritten;
    }
    segment.bytes += record.length;
    segment.waiting++;
    places.push({ segment, offset, bytes: record.length, samples: request.samples, atMs: request.atMs });
    [bytes, samples] = [bytes + record.length, samples + request.samples];
  };

  return {
    append: (request) => guarded(append(request)),
    sync: () => guarded(Promise.resolve(current?.file.datasync())),
    async first() {
      const [place] = places;
      if (place === undefined) return null;
      isHeld = true;
      const record = Buffer.alloc(place.bytes);
      const { bytesRead } = await guarded(place.segment.file.read(record, 0, place.bytes, place.offset));
      if (bytesRead < place.bytes) throw new Error(`${place.segment.path}: Expected the whole request, got its front`);
      return { samples: place.samples, atMs: place.atMs, body: bodyOf(record) };
    },
    async shift() {
      const { segment, offset, bytes: done } = remove(0);
      isHeld = false;
      await guarded(position.write({ segment: segment.id, offset: offset + done }));
      await guarded(removeEmpty());
    },
    status: () => ({ requests: places.length, samples, bytes, oldestMs: places[0]?.atMs ?? null }),
    async close() {
      await Promise.all([position.close(), ...segments.map(({ file }) => file.close())]);
    },
  };
}

/** Reads what an earlier process left, and removes what it had finished. */
async function readSegments(
  directory: string,
  done: { segment: number; offset: number },
  onDamage: DiskQueueOptions["onDamage"],
): Promise<{ segments: Segment[]; places: Place[] }> {
  const segments: Segment[] = [];
  const places: Place[] = [];
  for (const name of (await readdir(directory)).filter((one) => NAME.test(one)).sort()) {
    const path = join(directory, name);
    const id = Number(NAME.exec(name)![1]);
    const content = await readFile(path);
    const whole = readPlaces(content);
    const end = whole.reduce((sum, { bytes }) => sum + bytes, 0);
    if (end < content.length) onDamage(path, content.length - end);
    const waiting = whole.filter(({ offset }) => id > done.segment || (id === done.segment && offset >= done.offset));
    if (waiting.length === 0) {
      await rm(path);
      continue;
    }
    const segment = { id, path, file: await open(path, "r"), bytes: content.length, waiting: waiting.length };
    segments.push(segment);
    for (const place of waiting) places.push({ ...place, segment });
  }
  return { segments, places };
}
