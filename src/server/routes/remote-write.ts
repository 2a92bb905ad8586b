// POST /api/v1/write: samples by Prometheus remote write 1.0 and 2.0 (prometheus/docs docs/specs/prw/). Senders read the
// status before anything else: 5xx is repeated, 400 is dropped; 429 would lose data and 413 be repeated for ever.
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import {
  decodeRemoteWrite1,
  decodeRemoteWrite2,
  decompressSnappy,
  type LabelCache,
  REMOTE_WRITE_1_TYPE,
  REMOTE_WRITE_2_TYPE,
  REMOTE_WRITE_LIMITS,
} from "../../wire/index.ts";
import type { ApiServer } from "../api-server.ts";
import { collectBytes, leaveBodies } from "../ingest/read-body.ts";
import { remoteWriteVersion } from "../ingest/remote-write-version.ts";
import type { SampleIntake, SampleMessage } from "../ingest/sample-intake.ts";
import { type SenderError, senderErrorOf } from "../ingest/sender-error.ts";
import type { ReportInternalError } from "../internal-errors.ts";
import { setStatus } from "../problems.ts";

/** Of a body as it comes; its unpacked size is bounded by {@link REMOTE_WRITE_LIMITS}. */
const MAX_BODY_BYTES = 8 * 2 ** 20;
const TEXT_TYPE = "text/plain; charset=utf-8";
const RETRIED = 503;

/** Registers the route. */
export function registerRemoteWrite(app: ApiServer, intake: SampleIntake, report: ReportInternalError): void {
  const maxBodyBytes = Math.min(MAX_BODY_BYTES, intake.limits.maxBodyBytes);
  const decodedBytes = Math.min(REMOTE_WRITE_LIMITS.decodedBytes, intake.limits.maxDecodedBytes);
  const limits = { ...REMOTE_WRITE_LIMITS, decodedBytes };

  const decode = (packed: Uint8Array, cache: LabelCache, version: 1 | 2): SampleMessage => {
    const message = decompressSnappy(packed, decodedBytes);
    if (version === 2) return { samples: decodeRemoteWrite2(message, cache, limits) };
    const samples = decodeRemoteWrite1(message, cache, limits);
    return samples.rejected.length === 0 ? { samples, body: packed } : { samples };
  };

  void app.register(async (scope) => {
    const api = scope as ApiServer;
    leaveBodies(api, "*");
    api.setErrorHandler((error, request, reply) => answerError(reply, request, senderErrorOf(error, request, report)));
    api.post(
      "/api/v1/write",
      {
        config: { scope: "ingest" },
        bodyLimit: maxBodyBytes,
        validatorCompiler: () => () => true,
        schema: {
          summary: "Send samples by Prometheus remote write 1.0 or 2.0",
          description:
            "Protobuf in snappy's block format; the media type says which version. Samples are stored before the answer, in any order; sending them again is harmless.",
          tags: ["ingest"],
          consumes: [REMOTE_WRITE_1_TYPE, REMOTE_WRITE_2_TYPE],
          produces: ["text/plain"],
          body: z.string().meta({ format: "binary" }),
          response: {
            204: z.null().describe("All samples are stored"),
            400: z.string().describe("Some samples were refused, the others are stored; or the body cannot be read"),
            404: z.string().describe("The daemon has no mapping (receive.mapping)"),
            415: z.string().describe("Another type or encoding"),
            503: z.string().describe("Nothing counts as stored: send the same again after Retry-After"),
          },
        },
      },
      async (request, reply) => {
        const version = versionOf(request);
        const { written, refused, text } = await intake.take(request, {
          protocol: `remote_write_${version}`,
          read: (stream) => collectBytes(stream, maxBodyBytes),
          decode: (packed, cache) => decode(packed, cache, version),
        });
        if (version === 2) setWritten(reply, written);
        if (text === "") return reply.code(204).send(null);
        return sendText(reply.code(400), `${written} samples were stored, ${refused} refused:\n${text}`) as never;
      },
    );
  });
}

/** @throws ForewarnError `media_type_unsupported`. */
function versionOf({ headers }: FastifyRequest): 1 | 2 {
  const version = remoteWriteVersion(headers["content-type"]);
  if (version === null) {
    throw new ForewarnError(
      "media_type_unsupported",
      `content-type: Expected ${REMOTE_WRITE_1_TYPE}, or with proto=io.prometheus.write.v2.Request, got another`,
    );
  }
  const encoding = headers["content-encoding"] ?? "snappy";
  if (encoding.toLowerCase() === "snappy") return version;
  throw new ForewarnError("media_type_unsupported", "content-encoding: Expected snappy, got another");
}

/** Answers with an error; version 2 is told that nothing of what was looked at is stored. */
function answerError(reply: FastifyReply, { headers }: FastifyRequest, error: SenderError): FastifyReply {
  const { status, code, text } = error;
  const isUnread = status === RETRIED || code === "body_unreadable";
  if (isUnread && remoteWriteVersion(headers["content-type"]) === 2) setWritten(reply, 0);
  return sendText(setStatus(reply, code === "body_too_large" ? 400 : status), text);
}

/** Without these a sender of version 2 takes the answer for that of a receiver of version 1. */
function setWritten(reply: FastifyReply, samples: number): void {
  reply.headers({
    "x-prometheus-remote-write-samples-written": String(samples),
    "x-prometheus-remote-write-histograms-written": "0",
    "x-prometheus-remote-write-exemplars-written": "0",
  });
}

function sendText(reply: FastifyReply, text: string): FastifyReply {
  return reply.type(TEXT_TYPE).send(`${text}\n`);
}
