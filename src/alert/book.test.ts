// The book over several servers: groups, quiet times, acknowledgements, texts, rules that come and go.
import { describe, expect, it } from "vitest";
import { alertRules, bookOptions, CPU_RULE, forecast, HOUR, INTERVAL, MINUTE } from "../../test/support/alerts.ts";
import { type AlertBook, createAlertBook } from "./book.ts";
import { parseBookState } from "./book-state.ts";
import type { QuietTime } from "./quiet.ts";

const RULE = { ...CPU_RULE, for: undefined, within: "1h", severity: "page" };
const newBook = () => createAlertBook(bookOptions(alertRules(RULE)));
const step = (book: AlertBook, nowMs: number, probabilities: Record<string, number>) =>
  book.tick({
    nowMs,
    forecasts: Object.entries(probabilities).map(([server, probability]) => forecast(server, nowMs, probability)),
    incidents: [],
  });
const quiet = (kind: QuietTime["kind"], untilMs: number): QuietTime => ({
  id: "1",
  kind,
  matchers: [{ name: "server", isEqual: true, value: "db-*" }],
  fromMs: 0,
  untilMs,
  author: "ann",
  comment: "patches",
});

it("groups servers of one profile and rule that begin within the window", () => {
  const book = newBook();
  const first = step(book, 0, { "db-1": 0.9, "db-2": 0.9, "db-3": 0.1 }).notifications;
  const second = step(book, 10 * MINUTE, { "db-1": 0.9, "db-2": 0.9, "db-3": 0.9, "db-4": 0.1 }).notifications;
  const third = step(book, 15 * MINUTE, { "db-4": 0.9 }).notifications;
  expect(first.map(({ group }) => group.key)).toEqual(Array(2).fill('{alertname="cpu_soon", profile="database"}:0'));
  expect(second.map(({ group }) => group.key)).toEqual(Array(3).fill(first[0]!.group.key));
  expect(third.find(({ labels }) => labels["server"] === "db-4")?.group.key).toMatch(/:900000$/);
});

it("tells the same state under the same id, and the end once", () => {
  const book = newBook();
  const ids = [0, 1, 2].map((i) => step(book, i * INTERVAL, { a: 0.9 - 0.1 * i }).notifications.map(({ id }) => id));
  expect(new Set(ids.flat()).size).toBe(1);
  const later = [3, 4, 5, 6, 7, 8].flatMap((i) => step(book, i * INTERVAL, { a: 0.1 }).notifications);
  expect(later.map(({ state, endsAtMs }) => [state, endsAtMs])).toEqual([
    ["predicted", null],
    ["predicted", null],
    ["predicted", null],
    ["resolved", 6 * INTERVAL],
  ]);
});

describe("quiet times", () => {
  it("keep an alert from being told; what was never told has no end", () => {
    const book = newBook();
    book.setQuiet(quiet("silence", 2 * INTERVAL));
    expect(step(book, 0, { "db-1": 0.9, "web-1": 0.9 }).notifications.map(({ labels }) => labels["server"])).toEqual([
      "web-1",
    ]);
    expect(step(book, 2 * INTERVAL, { "db-1": 0.9 }).notifications.map(({ startsAtMs }) => startsAtMs)).toEqual([0, 0]);
    const other = newBook();
    other.setQuiet(quiet("silence", HOUR));
    const told = [0.9, 0.1, 0.1, 0.1, 0.1].flatMap((p, i) => step(other, i * INTERVAL, { "db-1": p }).notifications);
    expect(told).toEqual([]);
  });

  it("name what was told and still stands, for receivers that are told again and again", () => {
    const book = newBook();
    const [told] = step(book, 0, { "db-1": 0.9, "web-1": 0.9 }).notifications;
    book.setQuiet(quiet("silence", HOUR));
    expect(book.silenced(INTERVAL)).toEqual([told!.fingerprint]);
    step(book, INTERVAL, { "db-1": 0.9, "db-2": 0.9 });
    expect(book.silenced(INTERVAL)).toEqual([told!.fingerprint]);
    expect(book.silenced(HOUR)).toEqual([]);
  });

  it("of maintenance avert claims, silences do not", () => {
    const outcomes = (["silence", "maintenance"] as const).map((kind) => {
      const book = newBook();
      book.setQuiet(quiet(kind, 10 * MINUTE));
      step(book, 0, { "db-1": 0.9 });
      return step(book, 2 * HOUR, { "db-1": 0.1 }).closed.map(({ outcome }) => outcome);
    });
    expect(outcomes).toEqual([["expired"], ["averted"]]);
  });
});

it("averts an acknowledged claim, and says who took it", () => {
  const book = newBook();
  step(book, 0, { "db-1": 0.9 });
  expect(book.acknowledge("cpu_soon", "db-9", { author: "ann", atMs: 0, note: "" })).toBe(false);
  expect(book.acknowledge("cpu_soon", "db-1", { author: "ann", atMs: 0, note: "added a node" })).toBe(true);
  const [told] = step(book, INTERVAL, { "db-1": 0.9 }).notifications;
  expect(told!.annotations["description"]).toContain("Acknowledged: ann at 1970-01-01T00:00:00Z: added a node");
  step(book, 2 * HOUR, { "db-1": 0.1 });
  expect(book.ledger().map(({ outcome }) => outcome)).toEqual(["averted"]);
  expect(book.record("cpu_soon")).toMatchObject({ averted: 1, false: 0, precision: Number.NaN });
});

it("says what, where, how likely, when, why, and its record, in ASCII", () => {
  const book = newBook();
  step(book, 0, { "db-1": 0.9 });
  step(book, 2 * HOUR, { "db-1": 0.1 });
  const nowMs = 3 * HOUR;
  const { record } = forecast("db-\u00e9<b>", nowMs, [0.2, 0.6, 0.7, 0.8, 0.9]);
  const { notifications } = book.tick({
    nowMs: nowMs + 90_000,
    forecasts: [
      {
        record,
        variableWeights: [
          ["mem_pct", 0.31],
          ["cpu_pct", 0.4],
        ],
      },
    ],
    incidents: [],
  });
  expect(notifications[0]!.annotations).toMatchObject({
    summary: "db-?<b>: cpu_soon predicted within 1h with 60 %, likely in 53m (model model-a)",
    description: [
      "What: cpu_soon: cpu_pct >= 90 for 15m",
      "Where: db-?<b> (profile database)",
      "How likely: 60 % within 1h (alert from 50 %)",
      "When: earliest 15m (p10), likely 53m (p50), latest 8h (p90) after 1970-01-01T03:00:00Z",
      "Why: the model looked most at cpu_pct 40 %, mem_pct 31 %",
      "Record: 0 of 1 such alerts came true (precision 0 %), no incident yet",
      "Source: model model-a, forecast db-?<b>@10800000, issued 1m30s ago",
    ].join("\n"),
    probability: "0.600",
    breach_p50: "1970-01-01T03:52:30.000Z",
  });
  expect(notifications[0]!.labels).toEqual({
    alertname: "cpu_soon",
    server: "db-\u00e9<b>",
    severity: "page",
    profile: "database",
  });
});

it("resolves the alerts of a rule that was taken out", () => {
  const book = newBook();
  step(book, 0, { "db-1": 0.9 });
  const without = createAlertBook(bookOptions([]), book.state());
  expect(step(without, INTERVAL, {}).notifications.map(({ state }) => state)).toEqual(["resolved"]);
  expect(step(without, 2 * INTERVAL, {}).notifications).toEqual([]);
});

it.each(["", "{", "null", "3", '{"formatVersion": 2}', '{"formatVersion": 1, "alerts": 3}'])(
  "refuses state %o",
  (state) => {
    expect(() => parseBookState(state, "state.json")).toThrow(/state.json: Expected/);
  },
);
