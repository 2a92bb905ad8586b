// The server's own metrics: requests and streams. The daemon adds those of what is behind it.
import type { ApiServer } from "./api-server.ts";
import type { Services } from "./services.ts";

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Registers the metrics and the hook that feeds them. */
export function measureRequests(app: ApiServer, { metrics, events }: Services): void {
  const requests = metrics.counter("forewarn_http_requests_total", "Requests by route, method and status.");
  const seconds = metrics.histogram(
    "forewarn_http_request_seconds",
    "Time to the end of the answer, by route.",
    SECONDS,
  );
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unknown";
    requests.add(1, { route, method: request.method, status: String(reply.statusCode) });
    seconds.observe(reply.elapsedTime / 1000, { route });
  });

  const { gaugeFrom, counterFrom } = metrics;
  gaugeFrom("forewarn_stream_listeners", "Open streams.", () => events.status().listeners);
  counterFrom("forewarn_stream_dropped_total", "Events that slow clients have lost.", () => events.status().dropped);
  gaugeFrom("forewarn_process_resident_bytes", "Resident memory.", () => process.memoryUsage.rss());
}
