// The body of an ingestion request as text: bounded while it arrives and while it is unpacked.
import { isAscii, isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ForewarnError } from "../../base/index.ts";
import type { IngestLimits } from "../services.ts";

const gunzipAsync = promisify(gunzip);

/**
 * Reads and decodes a body. Unpacking stops at the limit, so that a gzip bomb costs no more than a large body.
 * @throws ForewarnError `body_too_large`, `body_unreadable`, `media_type_unsupported`.
 */
export async function readBody(
  stream: Readable,
  headers: IncomingMessage["headers"],
  limits: IngestLimits,
): Promise<string> {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "gzip" && encoding !== "identity") {
    throw new ForewarnError("media_type_unsupported", `content-encoding: Expected gzip or none, got ${encoding}`);
  }
  const body = await collect(stream, Math.min(limits.maxBodyBytes, limits.maxDecodedBytes));
  const bytes = encoding === "gzip" ? await unpack(body, limits.maxDecodedBytes) : body;
  // Text of one byte per character is faster to read and takes half the memory.
  if (isAscii(bytes)) return bytes.toString("latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw new ForewarnError("body_unreadable", "body: Expected UTF-8, got other bytes");
}

async function collect(stream: Readable, limit: number): Promise<Buffer> {
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
