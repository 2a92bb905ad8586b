// The daemon's configuration: every key, its default and what it means. One YAML file holds these sections.
import { z } from "zod";
import { alertConfigSchema, certificates, headerRecord, headerText } from "../alert/index.ts";
import { MOST_SHARDS } from "../prometheus/index.ts";
import { scrapeTargetSchema } from "./scraper/scrape-config.ts";

const duration = z.string().regex(/^(\d+(ms|[smhd]))+$/, "Expected a duration such as 5m");
const count = (least: number, most = Number.MAX_SAFE_INTEGER) => z.int().min(least).max(most);

const sections = z.strictObject({
  server: z
    .strictObject({
      /** Address to listen on. Other than loopback only when API keys exist. */
      host: z.string().min(1).default("127.0.0.1"),
      port: count(0, 65_535).default(8000),
      /** A second port with the same routes, for senders of OTLP, whose default is 4318. Null is none. */
      otlpPort: count(0, 65_535).nullable().default(null),
      /** Where people reach the daemon; alerts link to it. Null is http://host:port. */
      externalUrl: z.url().nullable().default(null),
      /** How long the daemon answers "not ready" before it closes, for load balancers. */
      grace: duration.or(z.literal("0s")).default("0s"),
    })
    .prefault({}),
  store: z
    .strictObject({
      /** Where rows lie: in the data directory, or in a database that others write, behind Prometheus' HTTP API. */
      kind: z.enum(["embedded", "prometheus"]).default("embedded"),
      prometheus: z
        .strictObject({
          /** What stands before /api/v1: http://victoria:8428. Null only for another kind. */
          url: z.url().nullable().default(null),
          /** How its series become rows: name or file of a mapping, whose contract is the daemon's. */
          mapping: z.string().min(1).default("node"),
          /** Value of the Authorization header. */
          authorization: headerText.optional(),
          /** Others, such as X-Scope-OrgID. */
          headers: headerRecord.default({}),
          /** Certificates (PEM) of the authorities to trust for https instead of the usual ones. */
          ca: certificates.optional(),
          /** Whether the database may be at a private, link-local or loopback address. */
          allowPrivate: z.boolean().default(false),
          /** How late samples may come: so much is read again before every tick. */
          lateness: duration.default("10m"),
        })
        .prefault({}),
      /** Everything that the daemon keeps. Left out: $STATE_DIRECTORY, or forewarn in the user's data directory. */
      dataDir: z.string().min(1).default("var"),
      /** Name or file of the contract. Null is that of the newest model, or that of the data directory. */
      contract: z.string().min(1).nullable().default(null),
      /** Newest rows that are kept in memory. Null is what the model reads and a day more. */
      window: duration.nullable().default(null),
      retention: duration.default("400d"),
      maxServers: count(1).default(20_000),
      /** Of the database, as DuckDB writes it. */
      memoryLimit: z
        .string()
        .regex(/^\d+(\.\d+)?(MB|GB)$/, "Expected a size such as 512MB")
        .default("512MB"),
    })
    .refine(({ kind, prometheus }) => kind !== "prometheus" || prometheus.url !== null, {
      ...{ path: ["prometheus", "url"], message: "Expected the URL of the database, as store.kind is prometheus" },
    })
    .prefault({}),
  /** Which of several daemons over one database this is; each has its own servers, none knows of another. */
  shard: z
    .strictObject({ index: count(0, MOST_SHARDS - 1).default(0), count: count(1, MOST_SHARDS).default(1) })
    .refine(({ index, count }) => index < count, { path: ["index"], message: "Expected less than shard.count" })
    .prefault({}),
  receive: z
    .strictObject({
      /** How samples of Prometheus and OpenTelemetry become rows: name or file of a mapping. Null takes no samples. */
      mapping: z.string().min(1).nullable().default(null),
      /** How long after the end of an interval its rows are made. Null is forecast.delay. */
      delay: duration.nullable().default(null),
      /** How long a row waits for samples of a sender that is known to be behind. */
      lateness: duration.default("3h"),
      /** Older samples are refused. */
      maxAge: duration.default("1d"),
      /** Series that are kept; new ones beyond this are refused. Those that the mapping does not ask for cost nothing. */
      maxSeries: count(1).default(500_000),
      /** Samples in memory, 16 bytes each; beyond this senders are told to wait. */
      maxSamples: count(1).default(50_000_000),
      /** Attributes of OpenTelemetry's resources that become labels of every series, by their own names. */
      promote: z.array(z.string().min(1)).default([]),
      /** Pages of metrics that the daemon reads itself. */
      scrape: z.array(scrapeTargetSchema).default([]),
    })
    .refine(({ mapping, scrape }) => mapping !== null || scrape.length === 0, {
      ...{ path: ["scrape"], message: "Expected receive.mapping beside it, which makes rows of what is scraped" },
    })
    .prefault({}),
  models: z
    .strictObject({
      directory: z.string().min(1).default("models"),
      /** Identifier of the model to serve. Null is the one that was activated last, or the newest. */
      active: z.string().min(1).nullable().default(null),
    })
    .prefault({}),
  forecast: z
    .strictObject({
      /** Servers that go through the network together; more keep reads waiting and gain little. */
      batchSize: count(1, 256).default(8),
      /** Threads of the network. */
      threads: count(1, 64).default(1),
      /** Distance of forecasts, a multiple of the contract's interval. Null is that interval. */
      every: duration.nullable().default(null),
      /** How long after the end of an interval late rows are waited for. */
      delay: duration.default("10s"),
      /** How long stored forecasts are kept. */
      retention: duration.default("30d"),
      /** How long is kept what was forecast for every server a few leads ahead, at every tick. */
      recordRetention: duration.default("3d"),
    })
    .prefault({}),
  scoring: z
    .strictObject({
      /** A server's forecast is scored, and its quantiles are stored, once in this time. */
      every: duration.default("5m"),
      /** Forecasts that may wait for their truth, 25 kB each; a larger fleet is scored less often. */
      openForecasts: count(1).default(4000),
      /** How late an observation may come. */
      grace: duration.default("15m"),
      /** An alert is useful when its incident comes at least this much later. */
      usefulLead: duration.default("30m"),
      /** How often the scores are saved; after a crash the rest is computed again. */
      checkpoint: duration.default("1h"),
    })
    .prefault({}),
  alerts: alertConfigSchema.prefault({}),
  /** Forecasts and scores as series in another database, by remote write. */
  writeBack: z
    .strictObject({
      /** Of the receiver, whole: http://localhost:9090/api/v1/write. Null writes nothing. */
      url: z.url().nullable().default(null),
      /** What runs there. */
      store: z.enum(["prometheus", "victoriametrics", "mimir", "thanos"]).default("prometheus"),
      /** Value of the Authorization header. */
      authorization: headerText.optional(),
      /** Others, such as X-Scope-OrgID. */
      headers: headerRecord.default({}),
      /** Certificates (PEM) of the authorities to trust for https instead of the usual ones. */
      ca: certificates.optional(),
      /** Whether the receiver may be at a private, link-local or loopback address. */
      allowPrivate: z.boolean().default(false),
      /** Also writes forewarn_forecast_valid, whose times are ahead of now; only VictoriaMetrics keeps them unharmed. */
      validTime: z.boolean().default(false),
      /** How far ahead of now the store takes samples: -futureRetention of VictoriaMetrics. */
      futureRetention: duration.default("2d"),
      /** Bytes that may wait on disk while the receiver is away, and for how long they are worth sending. */
      maxQueueBytes: count(1 << 20).default(256 << 20),
      maxAge: duration.default("1d"),
    })
    .refine(({ validTime, store }) => !validTime || store === "victoriametrics", {
      ...{ path: ["validTime"], message: "Expected false, because only VictoriaMetrics keeps samples ahead of now" },
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Rows may be this much ahead of the clock. */
      maxAhead: duration.default("10m"),
      maxRowsPerRequest: count(1).default(10_000),
      maxBodyBytes: count(1024).default(16 << 20),
      maxDecodedBytes: count(1024).default(64 << 20),
      /** Open streams of one key. */
      streamsPerKey: count(1).default(20),
    })
    .prefault({}),
  log: z.strictObject({ level: z.enum(["debug", "info", "warn", "error"]).default("info") }).prefault({}),
});

/** Zod schema of the configuration; {@link loadConfig} adds where each value came from. */
export const configSchema = sections
  .refine(({ store, shard }) => store.kind === "prometheus" || shard.count === 1, {
    ...{ path: ["shard", "count"], message: "Expected 1, as only daemons with store.kind prometheus share a fleet" },
  })
  .refine(({ store, receive }) => store.kind === "embedded" || receive.mapping === null, {
    ...{
      path: ["receive", "mapping"],
      message: "Expected none, as store.kind is prometheus: the database has the samples",
    },
  });

/** The daemon's configuration. */
export type DaemonConfig = z.output<typeof configSchema>;

/** Every value as it is when nothing is configured. */
export const DEFAULT_CONFIG: DaemonConfig = configSchema.parse({});

/** Keys whose values are secret: never logged. */
export const SECRET_KEYS: readonly string[] = ["secret", "authorization", "url"];

/** Keys for which `KEYFile` names a file with the value. */
export const FILE_KEYS: readonly string[] = [...SECRET_KEYS, "ca"];
