// The reliability diagram: how often incidents came with each probability that was said.
import { type Box, type Child, chart, element, lengthInWords, linearScale, type Markup } from "../../sheet/index.ts";
import type { BreachScores } from "../evaluation-report.ts";
import { decimal, grouped, percent } from "./cells.ts";
import { figure } from "./figures.ts";
import { foldedTable, numbers, words } from "./table.ts";

const BOX: Box = { left: 40, right: 330, top: 12, bottom: 222 };

/** The reliability diagram of a rule's probabilities. */
export function reliabilityFigure(scores: BreachScores, index: number): Markup {
  const { rule, withinMs, windows, events, reliability } = scores;
  const bins = reliability.filter(({ count, eventShare }) => count > 0 && eventShare !== null);
  const within = `within ${lengthInWords(withinMs)}`;
  const description = bins
    .map(
      (bin) => `said ${percent(bin.meanProbability)}, came ${percent(bin.eventShare)} (${grouped(bin.count)} windows)`,
    )
    .join("; ");
  return figure(
    rule,
    within,
    chart(
      `reliability-${index}`,
      { width: 440, height: 272 },
      { title: `Reliability of ${rule} ${within}`, description: `${description}.` },
      reliabilityDrawing(bins),
    ),
    `${grouped(events)} of ${grouped(windows)} windows had an incident. On the dashed line, what was said is what came.`,
    foldedTable(
      `Reliability of ${rule} ${within}`,
      [words("Probability"), ...numbers("Windows", "Mean probability", "Share of incidents", "95 % interval")],
      reliability.map(({ from, to, count, meanProbability, eventShare, eventShareLow, eventShareHigh }) => [
        `${decimal(from, 1)} to ${decimal(to, 1)}`,
        grouped(count),
        decimal(meanProbability, 3),
        decimal(eventShare, 3),
        eventShareLow === null || eventShareHigh === null
          ? null
          : `${eventShareLow.toFixed(3)} to ${eventShareHigh.toFixed(3)}`,
      ]),
    ),
  );
}

function reliabilityDrawing(bins: BreachScores["reliability"]): Child {
  const { left, right, top, bottom } = BOX;
  const x = linearScale(0, 1, left, right);
  const y = linearScale(0, 1, bottom, top);
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  return [
    ticks.map((value) => [
      element("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      element("text", { class: "tick", x: left - 6, y: y(value) + 3.5, "text-anchor": "end" }, percent(value, 0)!),
      element("text", { class: "tick", x: x(value), y: bottom + 14, "text-anchor": "middle" }, percent(value, 0)!),
    ]),
    element("text", { class: "tick", x: x(0.5), y: bottom + 44, "text-anchor": "middle" }, "probability that was said"),
    element("text", { class: "tick", x: right + 8, y: bottom + 29 }, "windows"),
    element("text", { class: "tick", x: right + 8, y: y(1) + 3.5 }, "share that came"),
    element("line", { class: "even", x1: x(0), x2: x(1), y1: y(0), y2: y(1) }),
    bins.map(({ from, to, count, meanProbability, eventShare, eventShareLow, eventShareHigh }) => {
      const at = x(meanProbability ?? (from + to) / 2);
      return [
        eventShareLow === null || eventShareHigh === null
          ? null
          : element("line", { class: "error", x1: at, x2: at, y1: y(eventShareLow), y2: y(eventShareHigh) }),
        element("circle", { class: "dot", cx: at, cy: y(eventShare!), r: 3.5 }),
        element(
          "text",
          { class: "tick", x: x((from + to) / 2), y: bottom + 29, "text-anchor": "middle" },
          compact(count),
        ),
      ];
    }),
  ];
}

/** A count that fits below its bin: "12k". */
function compact(count: number): string {
  return count < 10_000 ? String(count) : `${Math.round(count / 1000)}k`;
}
