// The life of alerts: cases in a text file, and what must hold for every course of probabilities and incidents.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alertRules, bookOptions, CPU_RULE, forecast, HOUR, INTERVAL } from "../../test/support/alerts.ts";
import { parseDuration } from "../base/index.ts";
import { type AlertBook, type AlertUpdate, createAlertBook } from "./book.ts";
import { phaseOf } from "./lifecycle.ts";
import type { Incident } from "./track.ts";

/** The values of promqltest's notation: `a`, `axn` (n more of it), `a+bxn`, `_`. */
function series(text: string): (number | null)[] {
  return text.split(" ").flatMap((part) => {
    const [, start, step, more] = /^(_|[\d.]+)([+-][\d.]+)?(?:x(\d+))?$/.exec(part)!;
    const length = Number(more ?? 0) + 1;
    return Array.from({ length }, (_, i) => (start === "_" ? null : Number(start) + i * Number(step ?? 0)));
  });
}

/** One tick of one server; an incident is known 15 minutes after it began. */
function tick(book: AlertBook, nowMs: number, probability: number | null, incidents: readonly Incident[]): AlertUpdate {
  const known = incidents
    .filter(({ onsetMs, endMs }) => onsetMs + 3 * INTERVAL <= nowMs && (endMs === null || endMs > nowMs - INTERVAL))
    .map((incident) => ({
      ...incident,
      endMs: incident.endMs !== null && incident.endMs <= nowMs ? incident.endMs : null,
    }));
  return book.tick({
    nowMs,
    forecasts: probability === null ? [] : [forecast("db-01", nowMs, probability)],
    incidents: known,
  });
}

const cases = readFileSync(new URL("../../test/golden/alerts/lifecycle.txt", import.meta.url), "utf8")
  .split(/^case /m)
  .slice(1)
  .map((text) => text.trim().split("\n"));
const duration = (text: string) => (text === "0m" ? 0 : parseDuration(text, "test"));

describe("cases", () => {
  it.each(cases.map(([title, ...lines]) => [title!, lines] as const))("%s", (_title, lines) => {
    const book = createAlertBook(bookOptions(alertRules(CPU_RULE)));
    const values = series(lines.find((line) => line.startsWith("load "))!.slice(5));
    const incidents: Incident[] = lines
      .filter((line) => line.startsWith("incident "))
      .map((line) => line.split(" ").slice(1).map(duration))
      .map(([onsetMs, endMs]) => ({ server: "db-01", event: "cpu_high", onsetMs: onsetMs!, endMs: endMs! }));
    const begun = new Set<number>();
    let step = 0;
    const runTo = (lastStep: number) => {
      for (; step <= lastStep; step++) {
        for (const { startsAtMs } of tick(book, step * INTERVAL, values[step] ?? null, incidents).notifications) {
          begun.add(startsAtMs);
        }
      }
    };
    const ledger = () =>
      book.ledger().flatMap(({ outcome, leadMs }) => (leadMs === null ? [outcome] : [outcome, `${leadMs / INTERVAL}`]));
    for (const [i, line] of lines.entries()) {
      const [word, ...rest] = line.split(" ");
      if (word === "eval") {
        runTo(duration(rest[0]!) / INTERVAL);
        expect([line, phaseOf(book.alerts()[0]!.track)]).toEqual([line, rest[1]]);
      } else if (word === "ledger" || word === "alerts") {
        if (!lines.slice(i).some((later) => later.startsWith("eval"))) runTo(values.length - 1);
        if (word === "alerts") expect(begun.size).toBe(Number(rest[0]));
        else expect(ledger()).toEqual(rest.map((text) => (/^\d/.test(text) ? `${duration(text) / INTERVAL}` : text)));
      }
    }
  });
});

/** A course of one server: probabilities with gaps, and incidents that do not overlap. */
const courses = fc
  .record({
    probabilities: fc.array(fc.option(fc.constantFrom(0.1, 0.25, 0.31, 0.45, 0.5, 0.8), { freq: 8 }), {
      minLength: 20,
      maxLength: 140,
    }),
    spans: fc.array(fc.tuple(fc.integer({ min: 3, max: 40 }), fc.integer({ min: 3, max: 20 })), { maxLength: 4 }),
  })
  .map(({ probabilities, spans }) => {
    let at = 0;
    const incidents = spans.map(([gap, length]): Incident => {
      const onset = at + gap;
      at = onset + length;
      return { server: "db-01", event: "cpu_high", onsetMs: onset * INTERVAL, endMs: at * INTERVAL };
    });
    return { probabilities, incidents };
  });

describe("every course", () => {
  const run = (course: { probabilities: (number | null)[]; incidents: Incident[] }, restarts: ReadonlySet<number>) => {
    const options = bookOptions(alertRules(CPU_RULE));
    let book = createAlertBook(options);
    return course.probabilities.map((probability, step) => {
      if (restarts.has(step)) book = createAlertBook(options, JSON.parse(JSON.stringify(book.state())));
      const update = tick(book, step * INTERVAL, probability, course.incidents);
      return { update, track: structuredClone(book.alerts()[0]?.track) };
    });
  };

  it("goes on after restarts as if there had been none", () => {
    fc.assert(
      fc.property(courses, fc.array(fc.nat(140)), (course, restarts) => {
        expect(run(course, new Set(restarts))).toEqual(run(course, new Set()));
      }),
      { numRuns: 60 },
    );
  });

  it("holds one claim at a time, closes each once, and in its time", () => {
    fc.assert(
      fc.property(courses, (course) => {
        const closed = run(course, new Set()).flatMap(({ update }) => update.closed);
        const claims = closed.flatMap(({ claim }) => claim ?? []);
        expect(new Set(claims.map(({ forecastId }) => forecastId)).size).toBe(claims.length);
        const ends = closed
          .filter(({ claim }) => claim !== null)
          .map(({ claim, onsetMs }) => ({ from: claim!.originMs, until: onsetMs ?? claim!.deadlineMs }))
          .sort((a, b) => a.from - b.from);
        for (const [i, { from }] of ends.entries()) if (i > 0) expect(from).toBeGreaterThanOrEqual(ends[i - 1]!.until);
        for (const { outcome, claim, onsetMs } of closed) {
          if (outcome === "missed") expect(claim).toBeNull();
          else if (outcome === "expired") expect(onsetMs).toBeNull();
          else expect(onsetMs! >= claim!.originMs && onsetMs! <= claim!.originMs + 4 * HOUR).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("does not flap: an alert without incidents stands until it was clear for its time or its claim ended", () => {
    fc.assert(
      fc.property(courses, ({ probabilities }) => {
        const steps = run({ probabilities, incidents: [] }, new Set());
        for (const [i, { track }] of steps.entries()) {
          const before = steps[i - 1]?.track;
          if (before?.shown?.status !== "predicted" || track?.shown?.status !== "resolved") continue;
          const wasClear = track.clearSinceMs !== null && i * INTERVAL - track.clearSinceMs >= 3 * INTERVAL;
          expect(wasClear || i * INTERVAL > before.claim!.deadlineMs).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
