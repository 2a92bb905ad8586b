// The file effects of the journal, apart, so that tests can let a disk be full or fail at any call.
import { readdirSync, statfsSync } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectory, syncPath } from "../base/index.ts";

/** A file that is written at its end. */
export interface JournalFile {
  /** Writes buffers one after the other at a place. */
  write(buffers: readonly Uint8Array[], at: number): Promise<void>;
  /** Resolves when everything written is on stable storage. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** A directory of files. */
export interface JournalFiles {
  /** Where it is, for messages. */
  directory: string;
  /** Names of the files, in order. */
  list(): string[];
  read(name: string): Promise<Buffer>;
  truncate(name: string, bytes: number): Promise<void>;
  /** Makes a new file; resolves when its name is on stable storage. */
  create(name: string): Promise<JournalFile>;
  rename(name: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  freeBytes(): number;
}

/** The files of a directory, which is made if needed. */
export function journalFiles(directory: string): JournalFiles {
  makeDirectory(directory);
  const path = (name: string): string => join(directory, name);
  return {
    directory,
    list: () => readdirSync(directory).sort(),
    read: (name) => readFile(path(name)),
    truncate: (name, bytes) => truncate(path(name), bytes),
    async create(name) {
      const handle = await open(path(name), "w");
      await syncPath(directory);
      return fileOf(handle);
    },
    rename: (name, to) => rename(path(name), path(to)),
    remove: (name) => rm(path(name), { force: true }),
    freeBytes() {
      const { bavail, bsize } = statfsSync(directory);
      return bavail * bsize;
    },
  };
}

function fileOf(handle: FileHandle): JournalFile {
  return {
    async write(buffers, at) {
      const bytes = buffers.length === 1 ? buffers[0]! : Buffer.concat(buffers);
      for (let done = 0; done < bytes.length; ) {
        done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
      }
    },
    sync: () => handle.datasync(),
    truncate: (bytes) => handle.truncate(bytes),
    close: () => handle.close(),
  };
}
