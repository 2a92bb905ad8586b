// Answers that change seldom: with an ETag, and without a body when the client has them already.
import type { FastifyReply, FastifyRequest } from "fastify";
import { sha256 } from "../base/index.ts";

/** Sends JSON, or 304 when the client's copy is current. */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, value: unknown): FastifyReply {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const tag = `"${sha256(text).slice(0, 32)}"`;
  reply.header("etag", tag).header("cache-control", "private, no-cache");
  const known = request.headers["if-none-match"]?.split(",").map((one) => one.trim().replace(/^W\//, ""));
  if (known?.includes(tag)) return reply.code(304).send();
  return reply.type("application/json; charset=utf-8").send(text);
}
