// The last part of the demo: the daemon serves the trained model while the simulated fleet goes on at many times the speed
// of time and something goes wrong. What the daemon predicts, and what comes of it, is told line by line.
import { setTimeout as sleep } from "node:timers/promises";
import { formatDuration, parseDuration } from "../../base/index.ts";
import type { Daemon } from "../../daemon/index.ts";
import type { DemoDesk } from "../../server/index.ts";
import type { LivePlan, LiveWorld, ScenarioName, Storyteller } from "../../simulate/index.ts";
import { rowsOf } from "../client/row-lines.ts";
import type { Io } from "../io.ts";

const BATCH_ROWS = 10_000;
const MINUTE_MS = 60_000;

/** What is played. */
export interface StoryRequest {
  /** Simulated data set that the fleet goes on from. */
  fleet: string;
  models: string;
  /** Directory for everything that the daemon keeps; must be new. */
  dataDir: string;
  scenario: ScenarioName;
  speed: number;
  port: number;
  /** Simulated time to play; null goes on until Ctrl-C. */
  lengthMs: number | null;
}

/** What came of the alerts. */
export interface StorySummary {
  /** Claims that came true in time, late, not at all, and incidents without a claim. */
  claims: { true: number; late: number; false: number; missed: number };
  precision: number | null;
  recall: number | null;
  /** Of the quantile forecasts whose truth has come. */
  scoredValues: number;
  coverage: number | null;
}

/** Plays the story; resolves when it is over or interrupted. */
export async function playStory(request: StoryRequest, version: string, io: Io): Promise<StorySummary> {
  const { DEFAULT_CONFIG, lineLog, listenHttp, realWorld, startDaemon } = await import("../../daemon/index.ts");
  const { continueDataSet, createStoryteller } = await import("../../simulate/index.ts");
  const { speed, scenario, port } = request;
  const plan = continueDataSet(request.fleet, scenario);
  const teller = createStoryteller(plan, scenario);
  // The daemon's clock stands at the end of the data until the story begins.
  let beganMs: number | null = null;
  const now = () => plan.fromMs + (beganMs === null ? 0 : (io.now() - beganMs) * speed);
  const log = lineLog(io.stderr, io.now, "error", io.isTty);
  const fail = (error: unknown): void => {
    throw error;
  };
  const config = {
    ...DEFAULT_CONFIG,
    server: { ...DEFAULT_CONFIG.server, port },
    store: { ...DEFAULT_CONFIG.store, dataDir: request.dataDir },
    models: { ...DEFAULT_CONFIG.models, directory: request.models },
  };
  const demo = await demoDesk(teller, speed, parseDuration(config.scoring.usefulLead, "scoring.usefulLead"));
  const daemon = await startDaemon(
    { config, version, demo, listen: (services) => listenHttp(services, config.server) },
    { ...realWorld({ log, seed: plan.fleet.seed, onFatal: fail }, speed), now },
  );
  try {
    const send = await senderTo(daemon, now);
    for await (const rows of rowsOf(request.fleet, BATCH_ROWS)) await send.rows(rows);
    const told = tellEvents(daemon, plan, io);
    const onReady = (): void => {
      io.stderr(
        `${daemon.url} serves the model; one minute here is ${formatDuration(speed * MINUTE_MS)} of the fleet` +
          `${request.lengthMs === null ? "; Ctrl-C ends it with the score" : ""}\n\n`,
      );
      beganMs = io.now();
    };
    const feed = { now: io.now, wait: send.wait, send: send.rows, signal: send.signal, onReady, teller };
    await playLive(plan, request, feed);
    told.close();
    return summaryOf(daemon);
  } finally {
    await daemon.stop();
  }
}

/** The story as the page sees and changes it. */
async function demoDesk(teller: Storyteller, speed: number, usefulLeadMs: number): Promise<DemoDesk> {
  const { checkScenario, SCENARIOS } = await import("../../simulate/index.ts");
  return {
    ...{ speed, usefulLeadMs, scenarios: SCENARIOS },
    story: teller.told,
    tell: (scenario) => teller.tell(checkScenario(scenario)),
  };
}

/** Sends rows over HTTP as any other sender does. Ctrl-C ends the feed after the rows that are being sent. */
async function senderTo({ url }: Daemon, now: () => number) {
  const { createHttpSink } = await import("../../simulate/index.ts");
  const interruption = new AbortController();
  process.once("SIGINT", () => interruption.abort());
  const { signal } = interruption;
  const wait = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  };
  return { signal, wait, rows: createHttpSink({ url: `${url}/api/v1/rows`, fetch, now, wait, signal }) };
}

async function playLive(plan: LivePlan, { speed, lengthMs }: StoryRequest, world: LiveWorld): Promise<void> {
  const { runLive } = await import("../../simulate/index.ts");
  await runLive(plan, { speed, lengthMs }, world);
}

/** Prints alerts and what became of them as the daemon publishes them. */
function tellEvents({ services }: Daemon, { fromMs }: LivePlan, io: Io): { close(): void } {
  const tell = (text: string): void => {
    io.stdout(`${clock(services.now() - fromMs)}  ${text}\n`);
  };
  return services.events.subscribe({
    send({ type, data }) {
      const event = JSON.parse(data);
      if (type === "alert") tell(`${String(event.annotations.status).padEnd(9)}  ${event.annotations.summary}`);
      return true;
    },
    ping: () => undefined,
    isAllowed: () => true,
    end: () => undefined,
  });
}

/** Time into the story: +1:35. */
function clock(sinceMs: number): string {
  const minutes = Math.floor(sinceMs / MINUTE_MS);
  return `+${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

function summaryOf({ services }: Daemon): StorySummary {
  const { precision, recall, ...counts } = services.scoreboard.claimScores();
  const { count, coverage } = services.scoreboard.forecastScores();
  const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    claims: { true: counts.true, late: counts.late, false: counts.false, missed: counts.missed },
    precision: known(precision),
    recall: known(recall),
    scoredValues: count,
    coverage: known(coverage),
  };
}
