// prometheus: series of Prometheus and its kin to rows of a contract. A mapping says how, by PromQL; the rest reaches a
// database: a client of its HTTP API, history into a data set, what a server has that could be mapped, and remote write.

export type { SampleSeries } from "./client/answers.ts";
export {
  createPrometheusClient,
  type PrometheusClient,
  type PrometheusClientOptions,
} from "./client/client.ts";
export { authorizationHeader, type Credentials } from "./client/credentials.ts";
export { httpTransport, type Transport, TransportError } from "./client/transport.ts";
export { type DiscoverOptions, type Discovery, discover, type Proposal } from "./discover/discover.ts";
export type { MappingCoverage, MetricCoverage } from "./discover/try-mapping.ts";
export type { MappingDocument, MappingInput } from "./mapping/document.ts";
export { evaluateMapping } from "./mapping/evaluate-mapping.ts";
export { type Evaluate, type StepSeries, sourceEvaluator } from "./mapping/evaluator.ts";
export type { MappedLabel, MappedMetric, Mapping } from "./mapping/mapping.ts";
export { BUILT_IN_MAPPINGS, mappingText, openMapping, readMapping } from "./mapping/read-mapping.ts";
export { emptyTally, type MappingTally } from "./mapping/tally.ts";
export { type PullOptions, type PullProgress, type PullReport, pullHistory } from "./pull/pull-history.ts";
export { clientEvaluator } from "./pull/range-evaluator.ts";
export { openPrometheusStore, type PrometheusStoreOptions } from "./store/prometheus-store.ts";
export { isInShard, MOST_SHARDS, parseShard, type Shard, shardOf } from "./store/shards.ts";
export type { OutgoingSample } from "./write/sample.ts";
export type { WriteProblem } from "./write/shard.ts";
export { openRemoteWriter, type RemoteWriter, type WriterStatus } from "./write/writer.ts";
