// Where the squares of the heat map lie: groups beside and below each other, squares as large as their number allows.
import type { RankedServer } from "./risk.ts";

/** A server's square. */
export interface Placed {
  server: RankedServer;
  x: number;
  y: number;
}

/** All squares in CSS pixels. `pitch` is the distance from one to the next. */
export interface HeatLayout {
  width: number;
  height: number;
  cell: number;
  pitch: number;
  cells: Placed[];
  titles: { title: string; x: number; y: number }[];
}

const LARGEST = 34;
const SMALLEST = 6;
const TITLE = 20;
const LETTER = 7;
const BETWEEN = 14;
/** Height that the squares may take, as a share of the width and at least. */
const ASPECT = 0.3;
const LEAST_HEIGHT = 200;
/** Room for the mark of the chosen square. */
const EDGE = 2;

/**
 * Places servers by group and name, so that a server stays where it is from tick to tick.
 * @param zoom Size of the page's type as a multiple of 16 px.
 */
export function layOut(
  servers: readonly RankedServer[],
  groupOf: (server: RankedServer) => string,
  width: number,
  zoom: number,
): HeatLayout {
  const groups = new Map<string, RankedServer[]>();
  for (const server of servers) {
    const members = groups.get(groupOf(server));
    if (members === undefined) groups.set(groupOf(server), [server]);
    else members.push(server);
  }
  const isTitled = groups.size > 1;
  const area = width * Math.max(LEAST_HEIGHT * zoom, width * ASPECT);
  const ideal = Math.floor(Math.sqrt(area / Math.max(1, servers.length)));
  const pitch = Math.min(Math.floor(LARGEST * zoom), Math.max(SMALLEST, ideal));
  const most = Math.max(1, Math.floor((width - 2 * EDGE) / pitch));
  const head = isTitled ? TITLE * zoom : 0;
  const cells: Placed[] = [];
  const titles: HeatLayout["titles"] = [];
  let [x, y, lineHeight] = [EDGE, EDGE, 0];
  for (const name of [...groups.keys()].sort()) {
    const members = groups.get(name)!.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const title = `${name}  ${members.length}`;
    const columns = Math.min(most, members.length);
    const blockWidth = Math.max(columns * pitch, isTitled ? title.length * LETTER * zoom : 0);
    if (x > EDGE && x + blockWidth > width - EDGE) [x, y, lineHeight] = [EDGE, y + lineHeight, 0];
    if (isTitled) titles.push({ title, x, y: y + head * 0.65 });
    for (const [at, server] of members.entries()) {
      cells.push({ server, x: x + (at % columns) * pitch, y: y + head + Math.floor(at / columns) * pitch });
    }
    const between = isTitled ? BETWEEN * zoom : 0;
    x += blockWidth + between;
    lineHeight = Math.max(lineHeight, head + Math.ceil(members.length / columns) * pitch + between / 2);
  }
  return { width, height: Math.ceil(y + lineHeight + EDGE), cell: pitch - (pitch > 9 ? 2 : 1), pitch, cells, titles };
}

const DIRECTIONS: Record<string, readonly [number, number]> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The square next to another one in the direction of an arrow key; the same one when there is none; null for another key. */
export function neighbour({ cells }: HeatLayout, from: number | null, key: string): number | null {
  const direction = DIRECTIONS[key];
  if (direction === undefined) return null;
  const start = from === null ? undefined : cells[from];
  if (start === undefined) return 0;
  const [dx, dy] = direction;
  let [best, nearest] = [from!, Number.POSITIVE_INFINITY];
  for (const [at, { x, y }] of cells.entries()) {
    const ahead = (x - start.x) * dx + (y - start.y) * dy;
    const aside = Math.abs((x - start.x) * dy) + Math.abs((y - start.y) * dx);
    // Straight on comes first; the next line only when this one has ended.
    const distance = ahead + aside * 50;
    if (ahead > 0 && distance < nearest) [best, nearest] = [at, distance];
  }
  return best;
}
