// The daemon's configuration: every key, its default and what it means. One YAML file holds these sections.
import { z } from "zod";
import { alertConfigSchema } from "../alert/index.ts";

const duration = z.string().regex(/^(\d+(ms|[smhd]))+$/, "Expected a duration such as 5m");
const count = (least: number, most = Number.MAX_SAFE_INTEGER) => z.int().min(least).max(most);

/** Zod schema of the configuration; {@link loadConfig} adds where each value came from. */
export const configSchema = z.strictObject({
  server: z
    .strictObject({
      /** Address to listen on. Other than loopback only when API keys exist. */
      host: z.string().min(1).default("127.0.0.1"),
      port: count(0, 65_535).default(8000),
      /** Where people reach the daemon; alerts link to it. Null is http://host:port. */
      externalUrl: z.url().nullable().default(null),
      /** How long the daemon answers "not ready" before it closes, for load balancers. */
      grace: duration.or(z.literal("0s")).default("0s"),
    })
    .prefault({}),
  store: z
    .strictObject({
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

/** The daemon's configuration. */
export type DaemonConfig = z.output<typeof configSchema>;

/** Every value as it is when nothing is configured. */
export const DEFAULT_CONFIG: DaemonConfig = configSchema.parse({});

/** Keys whose values are secret: never logged, and `KEYFile` names a file with the value. */
export const SECRET_KEYS: readonly string[] = ["secret", "authorization", "url"];
