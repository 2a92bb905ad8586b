// A daemon in which every name that people or senders choose is hostile.
import { createAlertBook } from "../../src/alert/index.ts";
import { createScoreboard } from "../../src/evaluate/index.ts";
import { alertRules, bookOptions, CPU_RULE, HOUR, INTERVAL, LEVELS, MINUTE, WITHIN_STEPS } from "./alerts.ts";
import type { FakeServices } from "./fake-services.ts";
import { HOSTILE_TEXTS } from "./hostile-names.ts";
import { withServers } from "./served-page.ts";

/** What the names became, for tests that look for them. */
export interface HostileNames {
  servers: string[];
  metrics: string[];
  units: string[];
  rules: string[];
  labels: string[];
  values: string[];
  models: string[];
  notes: string[];
}

/** Gives every name of the fakes one of the hostile texts. Servers have all of them. */
export function withHostileNames(services: FakeServices): HostileNames {
  let next = 0;
  const take = () => HOSTILE_TEXTS[next++ % HOSTILE_TEXTS.length]!;
  const contract = structuredClone(services.contract);
  const { metrics, breachRules, labels } = contract;
  for (const metric of metrics) Object.assign(metric, { name: take(), unit: take(), description: take() });
  for (const label of labels) Object.assign(label, { name: take(), values: label.values.map(take) });
  const targets = metrics.filter(({ role }) => role === "target").slice(0, 3);
  for (const [at, rule] of breachRules.entries()) Object.assign(rule, { id: take(), metric: targets[at]!.name });
  services.contract = contract;

  const servers = HOSTILE_TEXTS.map((text, at) => `${text} ${at}`);
  withServers(services, servers);
  for (const served of services.served.values()) {
    const { record } = served;
    record.labels = Object.fromEntries(labels.map(({ name, values }) => [name, values[0]!]));
    record.targets = record.targets.map((target, at) => ({ ...target, metric: targets[at]!.name }));
    record.breaches = record.breaches.map((breach, at) => ({ ...breach, rule: breachRules[at]!.id }));
  }
  services.stored = services.stored.map((row) => ({ ...row, metrics: { [targets[0]!.name]: 50 } }));
  const known = services.store.servers.bind(services.store);
  services.store.servers = () =>
    known().map((server) => ({
      ...{ ...server, state: take() },
      labels: Object.fromEntries(labels.map(({ name, values }) => [name, values.at(-1)!])),
    }));

  const models = [take(), take(), take()];
  services.model = { modelId: models[0]!, directory: "/secret", sinceMs: services.now() };
  const [list, notes] = [services.models.list, [take(), take(), take()]];
  services.models.list = async () =>
    (await list()).map((entry, at) => ({ ...entry, modelId: models[at]!, reason: entry.reason && notes[0]! }));
  const documents = { evaluation: { [take()]: { [take()]: 1 } }, trainingMetadata: { [take()]: take() } };
  services.models.documents = async () => ({ ...documents, backtest: null, modelCard: HOSTILE_TEXTS.join("\n\n") });
  services.daemon.demo = { speed: 60, scenario: notes[0]! };
  services.daemon.reasons = [notes[1]!];
  services.daemon.ready = false;

  withHostileAlerts(services, servers, notes);
  services.scoreboard = createScoreboard(
    contract,
    {
      ...{ levels: LEVELS, leadSteps: WITHIN_STEPS, labels: labels.map(({ name }) => name), graceMs: INTERVAL },
      ...{ ledgerEntries: 100, usefulLeadMs: 30 * MINUTE },
      alertThresholds: Object.fromEntries(breachRules.map(({ id }) => [id, 0.5])),
    },
    services.now(),
  );
  return {
    ...{ servers, models, notes, metrics: targets.map(({ name }) => name), units: targets.map(({ unit }) => unit) },
    rules: breachRules.map(({ id }) => id),
    labels: labels.map(({ name }) => name),
    values: labels.map(({ values }) => values[0]!),
  };
}

/** Open alerts on the last two servers, a closed one on the first, and a silence. */
function withHostileAlerts(services: FakeServices, servers: readonly string[], notes: readonly string[]): void {
  const [rule] = alertRules(CPU_RULE);
  const named = { ...rule!, id: notes[2]!, severity: notes[1]!, labels: { [notes[0]!]: notes[2]! } };
  const book = createAlertBook(bookOptions([named]));
  const watched = [servers[0]!, ...servers.slice(-2)];
  for (let minutes = 40; minutes >= 0; minutes -= 5) {
    const nowMs = services.now() - minutes * MINUTE;
    const forecasts = watched.map((server) => {
      const { record } = services.served.get(server)!;
      const breaches = record.breaches.map((breach) => ({
        ...{ ...breach, rule: "cpu_high" },
        probabilities: breach.probabilities.map(() => 0.9),
      }));
      return { record: { ...record, breaches, issuedAtMs: nowMs, originMs: nowMs } };
    });
    const incident = { server: watched[0]!, event: "cpu_high", onsetMs: services.now() - 15 * MINUTE, endMs: null };
    book.tick({ nowMs, forecasts, incidents: minutes <= 10 ? [incident] : [] });
  }
  book.acknowledge(named.id, watched[1]!, { author: notes[0]!, atMs: services.now(), note: notes[1]! });
  book.setQuiet({
    ...{ id: "quiet", kind: "silence", matchers: [{ name: notes[0]!, isEqual: true, value: notes[2]! }] },
    ...{ fromMs: services.now() - HOUR, untilMs: services.now() + HOUR, author: notes[1]!, comment: notes[2]! },
  });
  services.alerts.book = book;
  services.book = book;
}
