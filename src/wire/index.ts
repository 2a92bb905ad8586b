// wire: the formats in which others send samples and read ours. Bytes in, series out, limits counted while decoding; pure.
export { type ExpositionFormat, expositionFormat, SCRAPE_ACCEPT } from "./exposition/format.ts";
export type { MetricFamily } from "./exposition/metadata.ts";
export { type ExpositionOptions, type ParsedExposition, parseExposition } from "./exposition/parse.ts";
export { type ExpositionFamily, type ExpositionSample, writeExposition } from "./exposition/write.ts";
export { type BoundedMap, type Bounds, createBoundedMap } from "./labels/bounded-map.ts";
export { createLabelCache, DEFAULT_CACHE_BOUNDS, type LabelCache } from "./labels/label-cache.ts";
export { type Label, type LabelSet, labelSetOf, labelValue, NAME_LABEL } from "./labels/label-set.ts";
export { describeRejections, type Fault, REASONS, type Reason, type Rejection } from "./labels/rejections.ts";
export { EXPOSITION_LIMITS, OTLP_LIMITS, REMOTE_WRITE_LIMITS, type WireLimits } from "./limits.ts";
export { decodeOtlpMetrics, type OtlpOptions } from "./otlp/decode.ts";
export { otlpJsonToProtobuf } from "./otlp/json-to-protobuf.ts";
export { labelName, type MetricKind, metricName } from "./otlp/names.ts";
export {
  OTLP_TYPES,
  type OtlpEncoding,
  otlpExportResponse,
  otlpStatus,
  RPC_CODES,
  type RpcCode,
} from "./otlp/response.ts";
export { decodeRemoteWrite1 } from "./remote-write/decode-1.ts";
export { decodeRemoteWrite2 } from "./remote-write/decode-2.ts";
export {
  encodeRemoteWrite1,
  encodeRemoteWrite2,
  METRIC_TYPES,
  REMOTE_WRITE_1_TYPE,
  REMOTE_WRITE_2_TYPE,
  type SeriesMetadata,
} from "./remote-write/encode.ts";
export { blockOfSamples, type DecodedSamples, type SampleBlock, type SeriesSample } from "./samples.ts";
export { compressSnappy, decompressSnappy } from "./snappy.ts";
