// daemon: one process that takes rows in, forecasts on time, warns, and loses nothing.
export { alertRulesFor, newestModel } from "./alert-rules.ts";
export type { ConfigValue, Environment } from "./config-environment.ts";
export { configSchema, type DaemonConfig, DEFAULT_CONFIG } from "./config-schema.ts";
export { type Daemon, type DaemonOptions, type HttpServer, startDaemon } from "./daemon.ts";
export { openForecastFiles } from "./forecast-files.ts";
export { listenHttp } from "./http-server.ts";
export { type FoundIncident, incidentsIn } from "./incidents.ts";
export { type ConfigSources, type LoadedConfig, loadConfig } from "./load-config.ts";
export { LOG_LEVELS, type Log, type LogLevel, lineLog } from "./log.ts";
export { chooseContract, dataPaths } from "./paths.ts";
export { type ConfigLine, configLines } from "./print-config.ts";
export { type ReplayReport, replayStored, type StoredReplay } from "./replay-rules.ts";
export { realWorld, type World } from "./world.ts";
