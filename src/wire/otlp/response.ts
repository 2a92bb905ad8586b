// Answers of OTLP/HTTP: ExportMetricsServiceResponse {partial_success = 1 {rejected_data_points = 1, error_message = 2}} and
// google.rpc.Status {code = 1, message = 2}, in the encoding of the request.
import { createProtobufWriter } from "../protobuf/writer.ts";

/** Encoding of an OTLP/HTTP request, which its answer shares. */
export type OtlpEncoding = "protobuf" | "json";

/** Content types of the encodings. */
export const OTLP_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** Codes of google.rpc.Status. */
export const RPC_CODES = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** One of {@link RPC_CODES}. */
export type RpcCode = (typeof RPC_CODES)[keyof typeof RPC_CODES];

/**
 * The answer with status 200: empty if everything was taken, that is without a message.
 * @param points How many data points were not taken.
 * @param message Why, in words.
 */
export function otlpExportResponse(points: number, message: string, encoding: OtlpEncoding): Uint8Array {
  if (encoding === "json") {
    const partialSuccess = { rejectedDataPoints: String(points), errorMessage: message };
    return Buffer.from(JSON.stringify(message === "" ? {} : { partialSuccess }));
  }
  const writer = createProtobufWriter();
  if (message !== "") {
    writer.message(1, () => {
      if (points > 0) writer.varint(1, points);
      writer.text(2, message);
    });
  }
  return writer.finish();
}

/** The answer with a status of 4xx or 5xx. */
export function otlpStatus(code: RpcCode, message: string, encoding: OtlpEncoding): Uint8Array {
  if (encoding === "json") return Buffer.from(JSON.stringify({ code, message }));
  const writer = createProtobufWriter();
  writer.varint(1, code);
  writer.text(2, message);
  return writer.finish();
}
