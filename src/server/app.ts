// The HTTP server, put together: limits, headers, keys, routes, errors. It does not listen; the daemon does.
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ApiServer } from "./api-server.ts";
import { auditChanges } from "./audit-hooks.ts";
import { createAuthHook, requireDeclaredScope } from "./auth.ts";
import { answerClientError } from "./client-errors.ts";
import { compressAnswer } from "./compress.ts";
import { collectSchemas, registerDocumentation } from "./documentation.ts";
import { setSecurityHeaders } from "./headers.ts";
import { measureRequests } from "./http-metrics.ts";
import { createAdmission } from "./ingest/admission.ts";
import { createSampleIntake } from "./ingest/sample-intake.ts";
import { createErrorReport, type ReportInternalError } from "./internal-errors.ts";
import { parseJsonBodies } from "./json-body.ts";
import { createParallelHook, limitRate } from "./limits.ts";
import { HTTP_LIMITS, type ResolvedServerOptions, resolveOptions, type ServerOptions } from "./options.ts";
import { problemOf, sendProblem } from "./problems.ts";
import { registerAhead } from "./routes/ahead.ts";
import { registerAlerts } from "./routes/alerts.ts";
import { registerBreaches } from "./routes/breaches.ts";
import { registerDemo } from "./routes/demo.ts";
import { registerExplanation } from "./routes/explanation.ts";
import { registerFleet } from "./routes/fleet.ts";
import { registerFleetColumns } from "./routes/fleet-columns.ts";
import { registerForecastMetrics } from "./routes/forecast-metrics.ts";
import { registerForecasts } from "./routes/forecasts.ts";
import { registerHistory } from "./routes/history.ts";
import { registerModels } from "./routes/models.ts";
import { registerOperations } from "./routes/operations.ts";
import { registerOtlp } from "./routes/otlp.ts";
import { registerPage } from "./routes/page.ts";
import { registerPrometheus } from "./routes/prometheus/prometheus.ts";
import { registerQuietTimes } from "./routes/quiet-times.ts";
import { registerRemoteWrite } from "./routes/remote-write.ts";
import { registerReplay } from "./routes/replay.ts";
import { registerRows } from "./routes/rows.ts";
import { registerScoreboard } from "./routes/scoreboard.ts";
import { registerServerCsv } from "./routes/server-csv.ts";
import { registerServerEvents } from "./routes/server-events.ts";
import { registerServers } from "./routes/servers.ts";
import { registerSocket, SOCKET_LIMITS } from "./routes/socket.ts";
import { registerStream } from "./routes/stream.ts";
import type { Services } from "./services.ts";
import { createTicketOffice } from "./tickets.ts";

const READS_AND_CHANGES = [
  ...[registerFleet, registerFleetColumns, registerServers, registerHistory, registerForecasts, registerBreaches],
  ...[registerExplanation, registerAhead, registerServerCsv, registerServerEvents],
  ...[registerAlerts, registerReplay, registerQuietTimes, registerScoreboard, registerModels, registerOperations],
  ...[registerForecastMetrics, registerDemo],
];

const SWEEP_MS = 1000;
/** Requests of senders that hold a body at the same time, for each that one caller may run. */
const BODIES_PER_CALLER = 4;
/** How long requests that run may take when the server closes. */
const CLOSE_MS = 10_000;
const IDLE_CHECK_MS = 100;

/**
 * Makes the server. Closing it ends all streams first; what it was given is left open.
 * @throws Error for a route that does not say who may call it.
 */
export async function createApp(services: Services, options: ServerOptions = {}): Promise<FastifyInstance> {
  const settings = resolveOptions(options);
  const app = await createServer(settings);
  const report = createErrorReport(settings);
  answerErrors(app, report);
  checkRoutes(app);
  parseJsonBodies(app);
  const tickets = createTicketOffice(() => performance.now());
  app.decorateRequest("key", null);
  app.addHook("onRequest", setSecurityHeaders);
  app.addHook("onRequest", createAuthHook(services.keys, tickets, settings, services.now));
  app.addHook("onRequest", createParallelHook(settings));
  auditChanges(app, services.audit);
  measureRequests(app, services);
  app.addHook("onSend", compressAnswer);

  await collectSchemas(app);
  await limitRate(app, settings);
  const { default: websocket } = await import("@fastify/websocket");
  await app.register(websocket, { options: SOCKET_LIMITS, preClose: (done) => done() });
  sweepStreams(app, services);
  endConnections(app, services);

  const admit = createAdmission(services, settings.parallelIngest * BODIES_PER_CALLER);
  registerRows(app, services, admit);
  const intake = createSampleIntake(services, admit);
  registerRemoteWrite(app, intake, report);
  registerOtlp(app, intake, report, settings);
  for (const register of READS_AND_CHANGES) register(app, services);
  registerStream(app, services, tickets, settings);
  registerSocket(app, services, settings);
  await registerPrometheus(app, services);
  await registerDocumentation(app);
  await registerPage(app);
  return app as unknown as FastifyInstance;
}

async function createServer({ logger, validateResponses }: ResolvedServerOptions): Promise<ApiServer> {
  const { default: fastify } = await import("fastify");
  const { serializerCompiler, validatorCompiler } = await import("fastify-type-provider-zod");
  const app = fastify({
    logger: redacted(logger),
    bodyLimit: HTTP_LIMITS.maxBodyBytes,
    requestTimeout: HTTP_LIMITS.requestTimeoutMs,
    keepAliveTimeout: HTTP_LIMITS.keepAliveTimeoutMs,
    http: { headersTimeout: HTTP_LIMITS.headersTimeoutMs, maxHeaderSize: HTTP_LIMITS.maxHeaderBytes },
    routerOptions: { maxParamLength: HTTP_LIMITS.maxParameterLength },
    forceCloseConnections: "idle",
    genReqId: ({ headers }) => {
      const given = headers["x-request-id"];
      return typeof given === "string" && /^[\w-]{1,128}$/.test(given) ? given : randomUUID();
    },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      // Hooks do not run for a URL that cannot be decoded.
      void setSecurityHeaders(request, reply as never);
      void sendProblem(request, reply as never, problemOf(error));
    },
  });
  app.server.maxConnections = HTTP_LIMITS.maxConnections;
  app.setValidatorCompiler(validatorCompiler);
  // Answers are built by their routes; checking each of them again would cost more than making it.
  app.setSerializerCompiler(validateResponses ? serializerCompiler : () => (data) => JSON.stringify(data));
  return app as unknown as ApiServer;
}

/** Logs never hold keys, nor queries, in which tickets are. */
function redacted(logger: ResolvedServerOptions["logger"]): NonNullable<ResolvedServerOptions["logger"]> {
  if (typeof logger !== "object") return logger ?? false;
  const req = ({ method, url, host, ip }: FastifyRequest) => ({
    method,
    url: url.replace(/\?.*/s, ""),
    host,
    remoteAddress: ip,
  });
  return {
    ...logger,
    serializers: { ...logger.serializers, req },
    redact: ["req.headers.authorization", "req.headers.cookie", "headers.authorization"],
  };
}

function answerErrors(app: ApiServer, report: ReportInternalError): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status === 500) report(error, request);
    return sendProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, { status: 404, code: "not_found", detail: "no such route; see /docs" }),
  );
}

function checkRoutes(app: ApiServer): void {
  const routes: Parameters<typeof requireDeclaredScope>[0][] = [];
  app.addHook("onRoute", (route) => void routes.push(route));
  app.addHook("onReady", async () => routes.forEach(requireDeclaredScope));
}

/** Ends streams of slow clients and ended keys, every second. */
function sweepStreams(app: ApiServer, { events, keys }: Services): void {
  const timer = setInterval(() => {
    try {
      keys.refresh();
    } catch (error) {
      app.log.error({ err: error }, "keys");
    }
    events.sweep();
  }, SWEEP_MS).unref();
  app.addHook("onClose", async () => clearInterval(timer));
}

/**
 * Lets the server close: ends the streams, then all connections as soon as no answer is on its way, at the latest after a
 * while. Node alone would wait for connections that browsers open ahead and keep.
 */
function endConnections(app: ApiServer, { events }: Services): void {
  let running = 0;
  app.addHook("onRequest", async ({ routeOptions }, { raw }) => {
    if (routeOptions.config.isStream) return;
    running++;
    raw.once("close", () => running--);
  });
  // A client must not send its next request on a connection that is about to end.
  let isClosing = false;
  app.addHook("onSend", async (_, reply) => {
    if (isClosing) reply.header("connection", "close");
  });
  const timers: NodeJS.Timeout[] = [];
  app.addHook("preClose", async () => {
    isClosing = true;
    events.close();
    const endAll = (): void => {
      app.server.closeAllConnections();
      for (const socket of app.websocketServer.clients) socket.terminate();
    };
    timers.push(setInterval(() => running === 0 && app.server.closeAllConnections(), IDLE_CHECK_MS).unref());
    timers.push(setTimeout(endAll, CLOSE_MS).unref());
  });
  app.addHook("onClose", async () => timers.forEach(clearTimeout));
}
