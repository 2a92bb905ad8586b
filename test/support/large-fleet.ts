// A fleet of any size for the made-up daemon, and ticks that move its risks.
import type { ServedForecast } from "../../src/server/index.ts";
import type { LiveServer } from "../../src/store/index.ts";
import { INTERVAL } from "./alerts.ts";
import { type FakeServices, servedForecast } from "./fake-services.ts";

/** Gives the fakes so many servers with forecasts. @returns Makes the next tick and tells all who listen. */
export function withLargeFleet(services: FakeServices, count: number): () => void {
  const profiles = services.contract.labels[0]!.values;
  const names = Array.from({ length: count }, (_, at) => `server-${String(at).padStart(5, "0")}`);
  const base = servedForecast("any", 0).record;
  let issuedAtMs = services.now();
  let servers = new Map<string, LiveServer>();
  const forecast = (server: string, at: number, tick: number): ServedForecast => {
    // A few are at risk, and all of them wander.
    const level = ((at * 7919) % 1000) / 1000;
    const risk = Math.min(0.99, Math.max(0, level ** 6 + 0.15 * level * Math.sin(tick / 3 + at)));
    const breaches = base.breaches.map((breach, rule) => ({
      ...breach,
      probabilities: breach.withinSteps.map((_, step, all) => (risk * (step + 1)) / all.length / (1 + rule)),
    }));
    const labels = { profile: profiles[at % profiles.length]! };
    const record = { ...base, server, labels, breaches, issuedAtMs, forecastId: `tft_1/${server}/${issuedAtMs}` };
    return { record, dataMs: issuedAtMs - INTERVAL };
  };
  const publish = (tick: number) => {
    issuedAtMs = services.now();
    const labelsOf = (at: number) => ({ profile: profiles[at % profiles.length]! });
    const times = { firstMs: issuedAtMs - 90 * INTERVAL, lastMs: issuedAtMs - INTERVAL };
    servers = new Map(
      names.map((server, at) => [server, { server, labels: labelsOf(at), state: "healthy", ...times }]),
    );
    services.served.clear();
    for (const [at, name] of names.entries()) services.served.set(name, forecast(name, at, tick));
  };
  services.refusals = [];
  services.store.servers = () => [...servers.values()];
  services.store.server = (name) => servers.get(name);
  services.forecasts.lastTick = () => ({ issuedAtMs, modelId: "tft_1", servers: count, durationMs: 12 });
  let ticks = 0;
  publish(ticks);
  return () => {
    services.clock.nowMs += INTERVAL;
    publish(++ticks);
    services.events.publish("forecast", { issuedAt: new Date(issuedAtMs).toISOString(), modelId: "tft_1" });
  };
}
