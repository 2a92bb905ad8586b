// POST /v1/metrics: samples by OTLP/HTTP (open-telemetry/opentelemetry-proto docs/specification.md), in protobuf or JSON.
// Answers and errors come in the encoding of the request; the same at the path where Prometheus has it.
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import {
  decodeOtlpMetrics,
  OTLP_LIMITS,
  OTLP_TYPES,
  type OtlpEncoding,
  otlpExportResponse,
  otlpJsonToProtobuf,
  otlpStatus,
  RPC_CODES,
  type RpcCode,
} from "../../wire/index.ts";
import type { ApiServer } from "../api-server.ts";
import { leaveBodies, readBytes } from "../ingest/read-body.ts";
import type { SampleIntake } from "../ingest/sample-intake.ts";
import { senderErrorOf } from "../ingest/sender-error.ts";
import type { ReportInternalError } from "../internal-errors.ts";
import type { ResolvedServerOptions } from "../options.ts";
import { setStatus } from "../problems.ts";

const PATHS = ["/v1/metrics", "/api/v1/otlp/v1/metrics"];

/** Codes of google.rpc.Status; the others are 503 or say nothing that the status does not. */
const CODES: Readonly<Record<number, RpcCode>> = {
  400: RPC_CODES.invalidArgument,
  401: RPC_CODES.unauthenticated,
  403: RPC_CODES.permissionDenied,
  404: RPC_CODES.notFound,
  413: RPC_CODES.resourceExhausted,
  415: RPC_CODES.invalidArgument,
  503: RPC_CODES.unavailable,
};

/** Registers the routes. */
export function registerOtlp(
  app: ApiServer,
  intake: SampleIntake,
  report: ReportInternalError,
  { promote }: ResolvedServerOptions,
): void {
  const decodedBytes = Math.min(OTLP_LIMITS.decodedBytes, intake.limits.maxDecodedBytes);
  const limits = { ...OTLP_LIMITS, decodedBytes };
  const bodyLimits = { maxBodyBytes: intake.limits.maxBodyBytes, maxDecodedBytes: decodedBytes };

  void app.register(async (scope) => {
    const api = scope as ApiServer;
    leaveBodies(api, "*");
    api.setErrorHandler((error, request, reply) => {
      const { status, text } = senderErrorOf(error, request, report);
      // A type that is none of the two is answered so that people can read it.
      const encoding = encodingOf(request) ?? "json";
      return send(setStatus(reply, status), otlpStatus(CODES[status] ?? RPC_CODES.internal, text, encoding), encoding);
    });
    for (const path of PATHS) {
      api.post(
        path,
        {
          config: { scope: "ingest" },
          bodyLimit: bodyLimits.maxBodyBytes,
          validatorCompiler: () => () => true,
          schema: {
            summary: "Send metrics by OTLP/HTTP",
            description:
              "An ExportMetricsServiceRequest in protobuf or JSON, plain or gzip. Gauges, cumulative sums and histograms with explicit buckets are taken; other points are rejected and counted in partial_success. Sending the same again is harmless.",
            tags: ["ingest"],
            consumes: Object.values(OTLP_TYPES),
            produces: Object.values(OTLP_TYPES),
            body: z.looseObject({ resourceMetrics: z.array(z.looseObject({})).optional() }),
            response: {
              200: z
                .object({
                  partialSuccess: z.object({ rejectedDataPoints: z.string(), errorMessage: z.string() }).optional(),
                })
                .describe("What was not rejected is stored; the same must not be sent again"),
              "4xx": STATUS_SCHEMA,
              "5xx": STATUS_SCHEMA,
            },
          },
        },
        async (request, reply) => {
          const encoding = requireEncoding(request);
          const { refused, text } = await intake.take(request, {
            protocol: "otlp",
            read: (stream) => readBytes(stream, request.headers, bodyLimits),
            decode: (bytes, cache) => {
              const message = encoding === "json" ? otlpJsonToProtobuf(bytes, limits) : bytes;
              return { samples: decodeOtlpMetrics(message, cache, { limits, promote }) };
            },
          });
          return send(reply, otlpExportResponse(refused, text, encoding), encoding) as never;
        },
      );
    }
  });
}

const STATUS_SCHEMA = z
  .object({ code: z.number().int(), message: z.string() })
  .meta({ id: "OtlpStatus", description: "google.rpc.Status, in the encoding of the request" });

/** @throws ForewarnError `media_type_unsupported`. */
function requireEncoding(request: FastifyRequest): OtlpEncoding {
  const encoding = encodingOf(request);
  if (encoding !== null) return encoding;
  const expected = Object.values(OTLP_TYPES).join(" or ");
  throw new ForewarnError("media_type_unsupported", `content-type: Expected ${expected}, got another`);
}

function encodingOf({ headers }: FastifyRequest): OtlpEncoding | null {
  const [type = ""] = (headers["content-type"] ?? "").toLowerCase().split(/\s*;/);
  if (type === OTLP_TYPES.protobuf) return "protobuf";
  return type === OTLP_TYPES.json ? "json" : null;
}

function send(reply: FastifyReply, message: Uint8Array, encoding: OtlpEncoding): FastifyReply {
  return reply.type(OTLP_TYPES[encoding]).send(Buffer.from(message));
}
