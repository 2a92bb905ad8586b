// The course of training as files: losses.csv for programs, losses.svg for people.
import type { EpochLosses } from "./training-metadata.ts";

const WIDTH = 720;
const HEIGHT = 360;
const MARGIN = { left: 64, right: 16, top: 40, bottom: 40 };
const LINES = [
  { key: "train", label: "training", color: "#3b6ea5" },
  { key: "validation", label: "validation", color: "#c4572e" },
] as const;

/** Losses as CSV: one row per epoch, an empty cell where there was no validation. */
export function lossesCsv(rows: readonly EpochLosses[]): string {
  const lines = rows.map(({ epoch, train, validation }) => `${epoch},${train},${validation ?? ""}`);
  return `${["epoch,train,validation", ...lines].join("\n")}\n`;
}

/** Losses as an SVG line plot over epochs, self-contained, without scripts. Works for a single epoch and for none. */
export function lossesSvg(rows: readonly EpochLosses[]): string {
  const losses = rows.flatMap(({ train, validation }) => [train, validation]).filter((loss) => loss !== null);
  const y = scale(losses, HEIGHT - MARGIN.bottom, MARGIN.top);
  const x = scale(
    rows.map(({ epoch }) => epoch),
    MARGIN.left,
    WIDTH - MARGIN.right,
  );
  const ticks = [y.low, (y.low + y.high) / 2, y.high].map((value) => {
    const at = round(y.place(value));
    return (
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}" stroke="#ddd"/>` +
      `<text x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${value.toPrecision(3)}</text>`
    );
  });
  const epochs = [...new Set([x.low, x.high])].map(
    (epoch) => `<text x="${round(x.place(epoch))}" y="${HEIGHT - 16}" text-anchor="middle">epoch ${epoch}</text>`,
  );
  const curves = LINES.map(({ key, label, color }, index) => {
    const points = rows.flatMap((row) => {
      const loss = row[key];
      return loss === null ? [] : [`${round(x.place(row.epoch))},${round(y.place(loss))}`];
    });
    return (
      `<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="2" stroke-linecap="round"/>` +
      `<text x="${MARGIN.left + index * 110}" y="24" fill="${color}">${label}</text>`
    );
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<title>Loss by epoch</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...ticks,
    ...epochs,
    ...curves,
    "</svg>",
  ].join("\n")}\n`;
}

/** A linear scale from the range of some values to pixels; a range of one value or none is widened. */
function scale(values: readonly number[], from: number, to: number) {
  const low = values.length > 0 ? Math.min(...values) : 0;
  const high = values.length > 0 ? Math.max(...values) : 1;
  const span = high > low ? high - low : 1;
  return { low, high, place: (value: number): number => from + ((value - low) / span) * (to - from) };
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
