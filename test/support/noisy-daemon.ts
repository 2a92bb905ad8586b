// A daemon that has much to tell: beside its own events it publishes padding, so that clients that do not read are full
// within seconds. Arguments: configuration file, events a second, characters of each.
import { lineLog, listenHttp, loadConfig, realWorld, startDaemon } from "../../src/daemon/index.ts";

const [file, perSecond, characters] = process.argv.slice(2);
const log = lineLog((line) => void process.stderr.write(line), Date.now, "info", false);
const { config } = loadConfig({ file: file!, environment: {}, flags: [] });
const onFatal = (error: unknown): never => {
  throw error;
};
const { services } = await startDaemon(
  { config, version: "0.0.0", listen: (parts) => listenHttp(parts, config.server) },
  realWorld({ log, seed: 1, onFatal }),
);
const padding = "x".repeat(Number(characters));
setInterval(() => services.events.publish("padding", { padding }), 1000 / Number(perSecond));
