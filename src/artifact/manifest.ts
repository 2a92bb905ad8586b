// manifest.json: size and SHA-256 of every other file of a model directory. Checked before anything else is parsed; the
// bytes that were hashed are the bytes that are used.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { fileError, sha256 } from "../base/index.ts";
import { modelInvalid, parseJsonFile } from "./invalid.ts";

/** Name of the manifest in its directory. */
export const MANIFEST_FILE = "manifest.json";

const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "Expected a plain file name");

const manifestSchema = z.strictObject({
  formatVersion: z.literal(1),
  modelId: z.string(),
  files: z.record(
    fileName,
    z.strictObject({ sizeBytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

/** Content of manifest.json. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Files of a model directory whose size and hash have been checked. */
export interface CheckedFiles {
  manifest: Manifest;
  files: Map<string, Uint8Array>;
}

/** Makes the manifest of files that are about to be written; text counts as UTF-8. */
export function makeManifest(modelId: string, files: Readonly<Record<string, string | Uint8Array>>): Manifest {
  const entries = Object.entries(files).map(([name, content]) => {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    return [name, { sizeBytes: bytes.length, sha256: sha256(bytes) }] as const;
  });
  return manifestSchema.parse({ formatVersion: 1, modelId, files: Object.fromEntries(entries) });
}

/**
 * Reads every file that the manifest lists and compares size and SHA-256.
 * @throws ForewarnError `path_missing` if there is no such directory, or no longer while it is read; `model_invalid`, with the file named, for a file
 *   that is missing, unlisted, of another size or hash, or anything but a plain file (symbolic links included).
 */
export function readCheckedFiles(directory: string): CheckedFiles {
  const entries = listPlainFiles(directory);
  if (!entries.has(MANIFEST_FILE)) throw modelInvalid(`${directory}: Expected a model directory with ${MANIFEST_FILE}`);
  const manifest = parseManifest(readPlainFile(join(directory, MANIFEST_FILE)), join(directory, MANIFEST_FILE));
  for (const name of entries) {
    if (name !== MANIFEST_FILE && !Object.hasOwn(manifest.files, name)) {
      throw modelInvalid(`${join(directory, name)}: Expected only files that ${MANIFEST_FILE} lists`);
    }
  }
  const files = new Map<string, Uint8Array>();
  for (const [name, expected] of Object.entries(manifest.files)) {
    const path = join(directory, name);
    if (!entries.has(name)) throw modelInvalid(`${path}: Expected this file, but it is missing`);
    const bytes = readPlainFile(path);
    if (bytes.length !== expected.sizeBytes) {
      throw modelInvalid(`${path}: Expected ${expected.sizeBytes} bytes, got ${bytes.length}`);
    }
    const hash = sha256(bytes);
    if (hash !== expected.sha256) throw modelInvalid(`${path}: Expected SHA-256 ${expected.sha256}, got ${hash}`);
    files.set(name, bytes);
  }
  return { manifest, files };
}

/** A directory may be removed while it is read. */
function readPlainFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

function parseManifest(bytes: Uint8Array, where: string): Manifest {
  const parsed = manifestSchema.safeParse(parseJsonFile(bytes, where));
  if (!parsed.success) throw modelInvalid(`${where}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function listPlainFiles(directory: string): Set<string> {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    for (const entry of entries) {
      if (entry.isFile()) continue;
      const kind = entry.isSymbolicLink() ? "a symbolic link" : entry.isDirectory() ? "a directory" : "a special file";
      throw modelInvalid(`${join(directory, entry.name)}: Expected a plain file, got ${kind}`);
    }
    return new Set(entries.map((entry) => entry.name));
  } catch (error) {
    throw fileError(error, directory);
  }
}
