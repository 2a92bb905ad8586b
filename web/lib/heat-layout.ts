// Where the squares of the heat map lie: groups beside and below each other, squares as large as their number allows.

import type { HeatMembers } from "./heat-members.ts";

/** A group: squares from `first` on, line by line. */
interface Block {
  x: number;
  y: number;
  columns: number;
  first: number;
  count: number;
}

/** All squares in CSS pixels, in the order of their groups. `pitch` is the distance from one to the next. */
export interface HeatLayout {
  width: number;
  height: number;
  cell: number;
  pitch: number;
  /** The server of every square, and where it lies. */
  servers: Uint32Array;
  x: Float32Array;
  y: Float32Array;
  blocks: Block[];
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
export function layOut({ servers, groups: groupNames }: HeatMembers, width: number, zoom: number): HeatLayout {
  const groups = new Map<string, number[]>();
  for (const [at, server] of servers.entries()) {
    const members = groups.get(groupNames[at]!);
    if (members === undefined) groups.set(groupNames[at]!, [server]);
    else members.push(server);
  }
  const isTitled = groups.size > 1;
  const area = width * Math.max(LEAST_HEIGHT * zoom, width * ASPECT);
  const ideal = Math.floor(Math.sqrt(area / Math.max(1, servers.length)));
  const pitch = Math.min(Math.floor(LARGEST * zoom), Math.max(SMALLEST, ideal));
  const most = Math.max(1, Math.floor((width - 2 * EDGE) / pitch));
  const head = isTitled ? TITLE * zoom : 0;
  const count = servers.length;
  const places = { servers: new Uint32Array(count), x: new Float32Array(count), y: new Float32Array(count) };
  const blocks: Block[] = [];
  const titles: HeatLayout["titles"] = [];
  let [x, y, lineHeight, next] = [EDGE, EDGE, 0, 0];
  for (const name of [...groups.keys()].sort()) {
    const members = groups.get(name)!;
    const title = `${name}  ${members.length}`;
    const columns = Math.min(most, members.length);
    const blockWidth = Math.max(columns * pitch, isTitled ? title.length * LETTER * zoom : 0);
    if (x > EDGE && x + blockWidth > width - EDGE) [x, y, lineHeight] = [EDGE, y + lineHeight, 0];
    if (isTitled) titles.push({ title, x, y: y + head * 0.65 });
    blocks.push({ x, y: y + head, columns, first: next, count: members.length });
    for (const [at, server] of members.entries()) {
      places.servers[next] = server;
      places.x[next] = x + (at % columns) * pitch;
      places.y[next++] = y + head + Math.floor(at / columns) * pitch;
    }
    const between = isTitled ? BETWEEN * zoom : 0;
    x += blockWidth + between;
    lineHeight = Math.max(lineHeight, head + Math.ceil(members.length / columns) * pitch + between / 2);
  }
  const height = Math.ceil(y + lineHeight + EDGE);
  return { width, height, cell: pitch - (pitch > 9 ? 2 : 1), pitch, ...places, blocks, titles };
}

/** The square under a point; null beside all of them. */
export function cellAt({ blocks, pitch }: HeatLayout, pointX: number, pointY: number): number | null {
  for (const { x, y, columns, first, count } of blocks) {
    const [column, line] = [Math.floor((pointX - x) / pitch), Math.floor((pointY - y) / pitch)];
    const at = line * columns + column;
    if (column >= 0 && column < columns && line >= 0 && at < count) return first + at;
  }
  return null;
}

const DIRECTIONS: Record<string, readonly [number, number]> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The square next to another one in the direction of an arrow key; the same one when there is none; null for another key. */
export function neighbour({ x, y }: HeatLayout, from: number | null, key: string): number | null {
  const direction = DIRECTIONS[key];
  if (direction === undefined) return null;
  if (from === null || from >= x.length) return 0;
  const [dx, dy] = direction;
  const [fromX, fromY] = [x[from]!, y[from]!];
  let [best, nearest] = [from, Number.POSITIVE_INFINITY];
  for (let at = 0; at < x.length; at++) {
    const ahead = (x[at]! - fromX) * dx + (y[at]! - fromY) * dy;
    const aside = Math.abs((x[at]! - fromX) * dy) + Math.abs((y[at]! - fromY) * dx);
    // Straight on comes first; the next line only when this one has ended.
    const distance = ahead + aside * 50;
    if (ahead > 0 && distance < nearest) [best, nearest] = [at, distance];
  }
  return best;
}
