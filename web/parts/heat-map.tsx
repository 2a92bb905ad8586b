// All servers as squares coloured by their breach probability, in groups. A canvas, so that ten thousand are as quick as ten.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { goTo, linkTo } from "../data/route.ts";
import { percent } from "../lib/format.ts";
import { type HeatLayout, layOut, neighbour, type Placed } from "../lib/heat-layout.ts";
import { type RankedServer, riskStep, STATE_WORDS } from "../lib/risk.ts";
import { riskColours } from "../lib/risk-colours.ts";
import { paint } from "../lib/theme.ts";

interface Props {
  servers: readonly RankedServer[];
  groupOf: (server: RankedServer) => string;
  horizon: string;
}

/** The map; arrow keys move over it, Enter opens the server. What is under the cursor is told below it. */
export function HeatMap({ servers, groupOf, horizon }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number | null>(null);
  const layout = useMemo(() => layOut(servers, groupOf, width, zoomOfPage()), [servers, groupOf, width]);
  const chosen = at === null ? undefined : layout.cells[at];

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(canvas.current!.parentElement!);
    return () => observer.disconnect();
  }, []);

  const repaint = paint.value;
  useEffect(() => {
    if (width > 0) draw(canvas.current!, layout);
  }, [layout, repaint]);

  const point = ({ offsetX, offsetY }: MouseEvent) => {
    const found = layout.cells.findIndex(
      ({ x, y }) => offsetX >= x && offsetX < x + layout.pitch && offsetY >= y && offsetY < y + layout.pitch,
    );
    setAt(found < 0 ? null : found);
  };
  const open = () => chosen && goTo(linkTo(["servers", chosen.server.name]));
  const move = (event: KeyboardEvent) => {
    if (event.key === "Enter") return open();
    const next = neighbour(layout, at, event.key);
    if (next === null) return;
    event.preventDefault();
    setAt(next);
  };
  return (
    <div class="heat">
      <canvas
        ref={canvas}
        tabIndex={0}
        aria-label={`Heat map of ${servers.length} servers by breach probability within ${horizon}. Arrow keys move, Enter opens. The list below has the same.`}
        onMouseMove={point}
        onMouseLeave={() => setAt(null)}
        onClick={open}
        onKeyDown={move}
        onBlur={() => setAt(null)}
      />
      {chosen && <Cursor placed={chosen} size={layout.cell} />}
      <p class="under" aria-live="polite">
        {chosen ? describe(chosen.server, horizon) : "Every square is a server; one with a dot is in an incident now."}
      </p>
    </div>
  );
}

/** The mark of the chosen square, above the canvas, so that pointing at one draws none of the others. */
function Cursor({ placed: { x, y }, size }: { placed: Placed; size: number }) {
  return <i class="cursor" style={{ left: `${x}px`, top: `${y}px`, width: `${size}px`, height: `${size}px` }} />;
}

function describe({ name, state, probability, breach }: RankedServer, horizon: string): string {
  if (breach === null) return `${name}: no forecast`;
  const now = state === "incident" ? `${STATE_WORDS.incident.title.toLowerCase()}, ` : "";
  return `${name}: ${now}${breach.rule} ${percent(probability)} within ${horizon}`;
}

function draw(canvas: HTMLCanvasElement, layout: HeatLayout): void {
  const { width, height, cell } = layout;
  const scale = devicePixelRatio;
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const { steps, unknown, ink } = riskColours(canvas);
  const pen = canvas.getContext("2d")!;
  pen.scale(scale, scale);
  pen.font = `${12 * zoomOfPage()}px ${getComputedStyle(canvas).fontFamily}`;
  pen.fillStyle = ink;
  for (const { title, x, y } of layout.titles) pen.fillText(title, x, y);
  for (const { server, x, y } of layout.cells) {
    const isIncident = server.state === "incident";
    pen.fillStyle = isIncident
      ? steps.at(-1)!
      : server.probability < 0
        ? unknown
        : steps[riskStep(server.probability)]!;
    pen.fillRect(x, y, cell, cell);
    if (isIncident) {
      // An incident is told by shape, too.
      const inset = Math.max(1.5, cell * 0.28);
      pen.fillStyle = ink;
      pen.fillRect(x + inset, y + inset, cell - 2 * inset, cell - 2 * inset);
    }
  }
}

function zoomOfPage(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}
