// What the daemon warns of about itself: told while it lasts, ended once, silenced like every other alert.
import { expect, it } from "vitest";
import { bookOptions, MINUTE } from "../../test/support/alerts.ts";
import { createAlertBook } from "./book.ts";
import { parseBookState } from "./book-state.ts";
import type { OwnFault } from "./own-alerts.ts";

const FAULT: OwnFault = {
  alertname: "PredictorUnavailable",
  labels: { severity: "critical", instance: "here" },
  summary: "no model",
  description: "What: no model",
};
const newBook = () => createAlertBook(bookOptions([]));
const told = (notifications: ReturnType<ReturnType<typeof newBook>["report"]>) =>
  notifications.map(({ state, startsAtMs, endsAtMs }) => [state, startsAtMs, endsAtMs]);

it("is told under one id while it lasts, and ends once", () => {
  const book = newBook();
  const first = book.report([FAULT], 5);
  expect(first).toMatchObject([
    {
      labels: { alertname: "PredictorUnavailable", severity: "critical", instance: "here" },
      annotations: { summary: "no model", description: "What: no model", status: "firing" },
      group: { key: '{alertname="PredictorUnavailable"}:5' },
    },
  ]);
  const [again] = book.report([{ ...FAULT, summary: "another reason" }], MINUTE);
  expect([again!.id, again!.annotations["summary"]]).toEqual([first[0]!.id, "another reason"]);
  expect(told(book.report([], 2 * MINUTE))).toEqual([["resolved", 5, 2 * MINUTE]]);
  expect(told(book.report([], 3 * MINUTE))).toEqual([]);
  expect(told(book.report([FAULT], 4 * MINUTE))).toEqual([["firing", 4 * MINUTE, null]]);
});

it("survives a restart, and a state of before there was any", () => {
  const book = newBook();
  book.report([FAULT], 5);
  const state = parseBookState(JSON.stringify(book.state()), "state");
  const after = createAlertBook(bookOptions([]), state);
  expect(after.ownAlerts()).toEqual(book.ownAlerts());
  expect(told(after.report([], 9))).toEqual([["resolved", 5, 9]]);
  const { own: _, ...older } = state;
  expect(parseBookState(JSON.stringify(older), "state").own).toEqual([]);
});

it("is not told while it is silenced, and does not end for those who never heard of it", () => {
  const book = newBook();
  const matchers = [{ name: "alertname", isEqual: true, value: "Predictor*" }];
  const quiet = { id: "1", kind: "silence", matchers, fromMs: 0, author: "ann", comment: "" } as const;
  book.setQuiet({ ...quiet, untilMs: 10 });
  expect(book.report([FAULT], 1)).toEqual([]);
  expect([book.ownAlerts().length, book.silenced(1)]).toEqual([1, []]);
  expect(told(book.report([FAULT], 10))).toEqual([["firing", 1, null]]);
  book.setQuiet({ ...quiet, untilMs: 99 });
  expect(book.report([FAULT], 11)).toEqual([]);
  expect(book.silenced(11)).toHaveLength(1);
  expect(told(book.report([], 12))).toEqual([["resolved", 1, 12]]);
  book.report([FAULT], 13);
  expect(book.report([], 14)).toEqual([]);
});
