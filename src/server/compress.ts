// Compression of large answers with gzip (RFC 9110, 8.4 and 12.5.3), for clients that accept it.
import { pipeline, Readable } from "node:stream";
import { promisify } from "node:util";
import { createGzip, gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Smaller answers fit into a few packets anyway. */
const LEAST_BYTES = 4096;
/** Most of what there is to gain for a fraction of the time of the default. */
const OPTIONS = { level: 4 } as const;
const COMPRESSIBLE = /^(text\/(?!event-stream)|image\/svg|application\/(.*json|javascript|.*safetensors))/;

const compress = promisify(gzip);

/** Hook for the moment before an answer is sent. Streams are compressed as they come, for their length is not known. */
export async function compressAnswer(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  const type = String(reply.getHeader("content-type") ?? "");
  if (!COMPRESSIBLE.test(type) || reply.hasHeader("content-encoding")) return payload;
  reply.header("vary", "accept-encoding");
  if (request.method === "HEAD" || reply.statusCode === 206 || !accepts(request.headers["accept-encoding"]))
    return payload;
  const encoded = () => {
    // Other bytes than those that a strong tag was made of.
    const tag = reply.getHeader("etag");
    if (typeof tag === "string" && tag.startsWith('"')) reply.header("etag", `W/${tag}`);
    reply.header("content-encoding", "gzip").removeHeader("content-length");
  };
  if (typeof payload === "string" || Buffer.isBuffer(payload)) {
    if (Buffer.byteLength(payload) < LEAST_BYTES) return payload;
    const bytes = await compress(payload, OPTIONS);
    encoded();
    return bytes;
  }
  if (!(payload instanceof Readable) || Number(reply.getHeader("content-length") ?? LEAST_BYTES) < LEAST_BYTES) {
    return payload;
  }
  encoded();
  // A stream that fails ends the other one, and that one the answer.
  return pipeline(payload, createGzip(OPTIONS), () => undefined);
}

/** Whether the client takes gzip: named, or by `*`, and not with a weight of 0. */
function accepts(header: string | string[] | undefined): boolean {
  const weights = new Map(
    String(header ?? "")
      .split(",")
      .map((part) => {
        const [coding = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
        const weight = parameters.find((text) => text.startsWith("q="));
        return [coding, weight === undefined ? 1 : Number(weight.slice(2))] as const;
      }),
  );
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0;
}
