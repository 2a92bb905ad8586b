// The body of an ingestion request, as bytes or text: bounded while it arrives and while it is unpacked.
import { isAscii, isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ForewarnError } from "../../base/index.ts";
import type { ApiServer } from "../api-server.ts";
import type { IngestLimits } from "../services.ts";

/** Bytes that a body may have as it comes, and unpacked. */
export type BodyLimits = Pick<IngestLimits, "maxBodyBytes" | "maxDecodedBytes">;

const gunzipAsync = promisify(gunzip);

/**
 * Makes the routes of a scope read bodies of these types themselves, after admission and with limits of their own; they
 * find a stream as `request.body`, or nothing when there was neither a body nor a type. `*` is any type, also none.
 */
export function leaveBodies(scope: ApiServer, types: string | string[]): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(types, (_, stream, done) => done(null, stream));
}

/**
 * Reads and decodes a body as text. Unpacking stops at the limit, so that a gzip bomb costs no more than a large body.
 * @throws ForewarnError `body_too_large`, `body_unreadable`, `media_type_unsupported`.
 */
export async function readText(
  stream: Readable,
  headers: IncomingMessage["headers"],
  limits: BodyLimits,
): Promise<string> {
  const bytes = await readBytes(stream, headers, limits);
  // Text of one byte per character is faster to read and takes half the memory.
  if (isAscii(bytes)) return bytes.toString("latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw new ForewarnError("body_unreadable", "body: Expected UTF-8, got other bytes");
}

/** Reads a body, plain or gzip. @throws ForewarnError As {@link readText}. */
export async function readBytes(
  stream: Readable,
  headers: IncomingMessage["headers"],
  limits: BodyLimits,
): Promise<Buffer> {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "gzip" && encoding !== "identity") {
    throw new ForewarnError("media_type_unsupported", `content-encoding: Expected gzip or none, got ${encoding}`);
  }
  const body = await collectBytes(stream, Math.min(limits.maxBodyBytes, limits.maxDecodedBytes));
  return encoding === "gzip" ? unpack(body, limits.maxDecodedBytes) : body;
}

/** Reads a body as it comes. @throws ForewarnError `body_too_large` beyond the limit, `body_unreadable` if it breaks off. */
export async function collectBytes(stream: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // A stream that is destroyed takes the connection with it, and the answer.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw tooLarge(`${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    // What is still to come is read and thrown away, or the connection would wait for ever.
    stream.resume();
    if (error instanceof ForewarnError) throw error;
    throw new ForewarnError("body_unreadable", "body: Expected all of it, but it ended early", { cause: error });
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
}

async function unpack(body: Buffer, limit: number): Promise<Buffer> {
  try {
    return await gunzipAsync(body, { maxOutputLength: limit });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(`${limit} unpacked bytes`);
    throw new ForewarnError("body_unreadable", "body: Expected gzip, got something else", { cause });
  }
}

/** The error for a body beyond a limit. */
export function tooLarge(limit: string): ForewarnError {
  return new ForewarnError("body_too_large", `body: Expected at most ${limit}, got more`, {
    hint: "send smaller batches",
  });
}
