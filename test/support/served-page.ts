// The page before a daemon that is made up, so that every state can be brought about.
import type { AddressInfo } from "node:net";
import { createApp } from "../../src/server/index.ts";
import { type FakeServices, fakeServices, servedForecast } from "./fake-services.ts";

/** A server on a free port. */
export interface ServedPage {
  url: string;
  services: FakeServices;
  /** Ends all connections; new ones are taken. */
  cut(): void;
  close(): Promise<void>;
}

/** Serves the fakes, changed by `change`; on `port` when it is given. */
export async function servePage(
  change: (services: FakeServices) => void = () => undefined,
  port = 0,
): Promise<ServedPage> {
  const services = fakeServices();
  change(services);
  const app = await createApp(services);
  await app.listen({ host: "127.0.0.1", port });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/`;
  return { url, services, cut: () => app.server.closeAllConnections(), close: () => app.close() };
}

/** Gives the fakes servers of these names, each with a forecast; the probabilities cover the whole scale. */
export function withServers(services: FakeServices, names: readonly string[]): void {
  services.stored = names.map((server) => ({
    server,
    timestampMs: services.now() - 300_000,
    metrics: { cpu_pct: 50 },
  }));
  services.served.clear();
  for (const [at, name] of names.entries()) services.served.set(name, servedForecast(name, (at % 101) / 100));
  services.refusals = [];
}
