// Paints the heat map: all squares once, a part in every frame, and from then on only those whose colour has changed.
import { coloursOf } from "./colours.ts";
import type { HeatLayout } from "./heat-layout.ts";
import type { Ranking } from "./ranking.ts";
import { RISK_STEPS, riskStep, STATES } from "./risk.ts";

/** Colours of squares: the steps of risk, then these. */
const UNKNOWN = RISK_STEPS;
const INCIDENT = RISK_STEPS + 1;
const UNPAINTED = 255;
/** Squares of one frame. */
const PART = 2500;

/** A canvas that shows a layout. */
export interface HeatPainter {
  /** Shows the present risks. */
  show(ranking: Ranking): void;
  stop(): void;
}

/** Makes the canvas as large as the layout and paints its titles. @param zoom Size of the type as a multiple of 16 px. */
export function createPainter(canvas: HTMLCanvasElement, layout: HeatLayout, zoom: number): HeatPainter {
  const scale = devicePixelRatio;
  canvas.width = layout.width * scale;
  canvas.height = layout.height * scale;
  canvas.style.width = `${layout.width}px`;
  canvas.style.height = `${layout.height}px`;
  const steps = Array.from({ length: RISK_STEPS }, (_, step) => `--risk-${step}` as const);
  const colours = coloursOf([...steps, "--unknown", steps.at(-1)!]);
  const [ink] = coloursOf(["--ink"]);
  const pen = canvas.getContext("2d")!;
  pen.font = `${12 * zoom * scale}px ${getComputedStyle(canvas).fontFamily}`;
  pen.fillStyle = ink;
  for (const { title, x, y } of layout.titles) pen.fillText(title, x * scale, y * scale);

  const { servers, x, y } = layout;
  const painted = new Uint8Array(servers.length).fill(UNPAINTED);
  const size = Math.round(layout.cell * scale);
  // An incident is told by shape, too.
  const inset = Math.max(2, Math.round(size * 0.28));
  const paint = (at: number, code: number) => {
    // Whole pixels, so that a square covers the one before exactly.
    const [left, top] = [Math.round(x[at]! * scale), Math.round(y[at]! * scale)];
    pen.fillStyle = colours[code]!;
    pen.fillRect(left, top, size, size);
    if (code !== INCIDENT) return;
    pen.fillStyle = ink;
    pen.fillRect(left + inset, top + inset, size - 2 * inset, size - 2 * inset);
  };
  let frame = 0;
  return {
    show(ranking) {
      cancelAnimationFrame(frame);
      let at = 0;
      const paintPart = () => {
        for (let left = PART; at < servers.length && left > 0; at++) {
          const code = codeOf(ranking, servers[at]!);
          if (code === painted[at]) continue;
          paint(at, code);
          painted[at] = code;
          left--;
        }
        if (at < servers.length) frame = requestAnimationFrame(paintPart);
      };
      paintPart();
    },
    stop: () => cancelAnimationFrame(frame),
  };
}

function codeOf({ state, probability }: Ranking, server: number): number {
  if (STATES[state[server]!] === "incident") return INCIDENT;
  return probability[server]! < 0 ? UNKNOWN : riskStep(probability[server]!);
}
