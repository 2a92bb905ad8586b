// All servers as squares coloured by their breach probability, in groups. A canvas, so that ten thousand are as quick as ten.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { goTo, linkTo } from "../data/route.ts";
import { percent } from "../lib/format.ts";
import { cellAt, type HeatLayout, layOut, neighbour } from "../lib/heat-layout.ts";
import type { HeatMembers } from "../lib/heat-members.ts";
import { createPainter, type HeatPainter } from "../lib/heat-paint.ts";
import type { Ranking } from "../lib/ranking.ts";
import { STATE_WORDS, STATES } from "../lib/risk.ts";
import { paint } from "../lib/theme.ts";

interface Props {
  ranking: Ranking;
  members: HeatMembers;
  horizon: string;
}

/** The map; arrow keys move over it, Enter opens the server. What is under the cursor is told below it. */
export function HeatMap({ ranking, members, horizon }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<HeatPainter | null>(null);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number | null>(null);
  const layout = useMemo(() => layOut(members, width, zoomOfPage()), [members, width]);
  const chosen = at !== null && at < layout.servers.length ? layout.servers[at]! : null;

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(canvas.current!.parentElement!);
    return () => observer.disconnect();
  }, []);

  const repaint = paint.value;
  useEffect(() => {
    painter.current = width > 0 ? createPainter(canvas.current!, layout, zoomOfPage()) : null;
    return () => painter.current?.stop();
  }, [layout, repaint]);
  useEffect(() => painter.current?.show(ranking), [ranking, layout, repaint]);

  const point = ({ offsetX, offsetY }: MouseEvent) => setAt(cellAt(layout, offsetX, offsetY));
  const open = () => chosen !== null && goTo(linkTo(["servers", ranking.table.names[chosen]!]));
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
        aria-label={`Heat map of ${members.servers.length} servers by breach probability within ${horizon}. Arrow keys move, Enter opens. The list below has the same.`}
        onMouseMove={point}
        onMouseLeave={() => setAt(null)}
        onClick={open}
        onKeyDown={move}
        onBlur={() => setAt(null)}
      />
      {chosen !== null && <Cursor layout={layout} at={at!} />}
      <p class="under" aria-live="polite">
        {chosen !== null
          ? describe(ranking, chosen, horizon)
          : "Every square is a server; one with a dot is in an incident now."}
      </p>
    </div>
  );
}

/** The mark of the chosen square, above the canvas, so that pointing at one draws none of the others. */
function Cursor({ layout: { x, y, cell }, at }: { layout: HeatLayout; at: number }) {
  return (
    <i class="cursor" style={{ left: `${x[at]}px`, top: `${y[at]}px`, width: `${cell}px`, height: `${cell}px` }} />
  );
}

function describe({ table, rule, probability, state }: Ranking, server: number, horizon: string): string {
  const name = table.names[server]!;
  if (rule[server]! < 0) return `${name}: no forecast`;
  const now = STATES[state[server]!] === "incident" ? `${STATE_WORDS.incident.title.toLowerCase()}, ` : "";
  return `${name}: ${now}${table.rules[rule[server]!]} ${percent(probability[server])} within ${horizon}`;
}

function zoomOfPage(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}
