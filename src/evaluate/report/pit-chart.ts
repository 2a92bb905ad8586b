// The PIT histogram: how often the truth fell where the quantiles said.
import { type Box, chart, element, linearScale, type Markup } from "../../sheet/index.ts";
import type { EvaluationReport } from "../evaluation-report.ts";
import { grouped, percent } from "./cells.ts";
import { figure } from "./figures.ts";
import { foldedTable, numbers, words } from "./table.ts";

type Pit = EvaluationReport["pit"][number];

const BOX: Box = { left: 34, right: 430, top: 14, bottom: 150 };

/** The PIT histogram of a metric. */
export function pitFigure(
  { metric, expected, observed, count }: Pit,
  levels: readonly number[],
  index: number,
): Markup {
  const names = expected.map((_, bin) => binName(levels, bin));
  const shares = observed.filter((share) => share !== null);
  if (count === 0 || shares.length === 0) return figure(metric, "PIT", element("p", {}, "Nothing was observed."));
  const densities = observed.map((share, bin) => (share === null ? 0 : share / expected[bin]!));
  const top = Math.max(2, ...densities) * 1.05;
  const x = linearScale(0, 1, BOX.left, BOX.right);
  const y = linearScale(0, top, BOX.bottom, BOX.top);
  const edges = [0, ...levels, 1];
  const [low, high] = [observed[0] ?? null, observed.at(-1) ?? null];
  const sentence =
    `Below the lowest quantile: ${percent(low) ?? "not defined"} (should be ${percent(expected[0]!)}); ` +
    `above the highest: ${percent(high) ?? "not defined"} (should be ${percent(expected.at(-1)!)}).`;
  return figure(
    metric,
    `PIT, ${grouped(count)} steps`,
    chart(
      `pit-${index}`,
      { width: 440, height: 180 },
      { title: `PIT histogram of ${metric}`, description: sentence },
      densities.map((density, bin) => {
        const left = x(edges[bin]!) + 1;
        const attributes = {
          x: left,
          y: y(density),
          width: x(edges[bin + 1]!) - 1 - left,
          height: BOX.bottom - y(density),
        };
        const told = `${names[bin]}: ${percent(observed[bin]!) ?? "not defined"}`;
        return element("rect", { class: "bar", ...attributes }, element("title", {}, told));
      }),
      element("line", { class: "even", x1: BOX.left, x2: BOX.right, y1: y(1), y2: y(1) }),
      element("text", { class: "tick", x: BOX.left - 5, y: y(1) + 3.5, "text-anchor": "end" }, "1 x"),
      element("text", { class: "tick", x: BOX.left - 5, y: y(top) + 8, "text-anchor": "end" }, `${top.toFixed(1)} x`),
      levels.map((level) =>
        element("text", { class: "tick", x: x(level), y: BOX.bottom + 13, "text-anchor": "middle" }, levelName(level)),
      ),
      element("text", { class: "tick", x: x(0.5), y: BOX.bottom + 27, "text-anchor": "middle" }, "quantile"),
    ),
    sentence,
    foldedTable(
      `Share of the truth of ${metric} between quantiles`,
      [words("Between"), ...numbers("Observed", "Expected")],
      names.map((name, bin) => [name, percent(observed[bin]!), percent(expected[bin]!)]),
    ),
  );
}

function levelName(level: number): string {
  return `p${Number((100 * level).toPrecision(6))}`;
}

function binName(levels: readonly number[], bin: number): string {
  if (bin === 0) return `below ${levelName(levels[0]!)}`;
  if (bin === levels.length) return `above ${levelName(levels.at(-1)!)}`;
  return `${levelName(levels[bin - 1]!)} to ${levelName(levels[bin]!)}`;
}
