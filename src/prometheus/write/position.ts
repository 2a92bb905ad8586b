// How far a queue has been sent: one small file that is written in place. A torn or lost position costs nothing but
// requests that are sent twice.
import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";

/** Everything before this is done. */
export interface Position {
  segment: number;
  offset: number;
}

/** The file of a position. */
export interface PositionFile {
  /** As it was read at the start. */
  read: Position;
  write(position: Position): Promise<void>;
  close(): Promise<void>;
}

const SIZE_BYTES = 16;

/** Opens the position in a file, or begins at the front. @throws System errors. */
export async function openPosition(path: string): Promise<PositionFile> {
  const file = await openOrCreate(path);
  const stored = Buffer.alloc(SIZE_BYTES);
  const { bytesRead } = await file.read(stored, 0, SIZE_BYTES, 0);
  const isWhole = bytesRead === SIZE_BYTES && stored.readUInt32LE(12) === crc32(stored.subarray(0, 12));
  return {
    read: isWhole ? { segment: stored.readUInt32LE(0), offset: stored.readDoubleLE(4) } : { segment: 0, offset: 0 },
    async write({ segment, offset }) {
      const record = Buffer.alloc(SIZE_BYTES);
      record.writeUInt32LE(segment, 0);
      record.writeDoubleLE(offset, 4);
      record.writeUInt32LE(crc32(record.subarray(0, 12)), 12);
      await file.write(record, 0, SIZE_BYTES, 0);
      await file.datasync();
    },
    close: () => file.close(),
  };
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return open(path, "w+");
  }
}
