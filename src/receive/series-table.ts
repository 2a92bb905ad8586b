// The series that are known: found by the identity of their label set, then by content, and by their labels for selectors.
import type { Matcher } from "../promql/index.ts";
import { type LabelSet, labelValue } from "../wire/index.ts";

/** A known series. */
export interface Series {
  /** Place in the tables; taken again by another series once this one is gone, -1 then. */
  id: number;
  readonly set: LabelSet;
  /** Labels as queries want them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Place of its server in {@link SeriesTable.servers}; 0 for none. */
  readonly server: number;
  /** Intervals that hold samples of it. */
  intervals: number;
}

/** See {@link createSeriesTable}. */
export interface SeriesTable {
  /** The series of a label set; "ignored" if nobody asks for it, "refused" if it is new and there are too many. */
  resolve(set: LabelSet): Series | "ignored" | "refused";
  at(id: number): Series;
  /** Series known now, and one more than the largest id that was ever given. */
  count(): number;
  capacity(): number;
  /** Every series that fulfils all matchers. */
  select(matchers: readonly Matcher[]): Series[];
  /** Names of the servers by place; the first, without a name, is that of series whose labels name none. */
  servers: readonly string[];
  serverPlace(name: string): number | undefined;
  /** Forgets the series without samples. Returns how many. */
  sweep(): number;
}

/** What a table is made with. */
export interface SeriesTableOptions {
  maxSeries: number;
  isNeeded: (set: LabelSet) => boolean;
  /** The server that the labels of a series name; null for none. */
  serverOf: (set: LabelSet) => string | null;
}

/** Makes an empty table. */
export function createSeriesTable({ maxSeries, isNeeded, serverOf }: SeriesTableOptions): SeriesTable {
  /** By identity: label sets of the wire live as long as they are seen. */
  const byIdentity = new WeakMap<LabelSet, Series | "ignored">();
  const byContent = new Map<string, Series>();
  const byId: Series[] = [];
  const freeIds: number[] = [];
  const byLabel = new Map<string, Map<string, Series[]>>();
  const servers: string[] = [""];
  const serverPlaces = new Map<string, number>();
  const seriesOfServer: number[] = [0];
  const freePlaces: number[] = [];

  const takePlace = (set: LabelSet): number => {
    const name = serverOf(set) ?? "";
    const place = name === "" ? 0 : (serverPlaces.get(name) ?? freePlaces.pop() ?? servers.length);
    servers[place] = name;
    if (place > 0) serverPlaces.set(name, place);
    seriesOfServer[place] = (seriesOfServer[place] ?? 0) + 1;
    return place;
  };
  const leavePlace = (place: number): void => {
    if (--seriesOfServer[place]! > 0 || place === 0) return;
    serverPlaces.delete(servers[place]!);
    servers[place] = "";
    freePlaces.push(place);
  };
  const open = (key: string, set: LabelSet): Series => {
    const id = freeIds.pop() ?? byId.length;
    const series: Series = { id, set, labels: Object.fromEntries(set.labels), server: takePlace(set), intervals: 0 };
    byId[id] = series;
    byContent.set(key, series);
    for (const [name, value] of set.labels) {
      const values = byLabel.get(name) ?? new Map<string, Series[]>();
      byLabel.set(name, values);
      const posting = values.get(value);
      if (posting === undefined) values.set(value, [series]);
      else posting.push(series);
    }
    return series;
  };
  const removeFromPostings = (gone: readonly Series[]): void => {
    const touched = new Map<string, Set<string>>();
    for (const { set } of gone) {
      for (const [name, value] of set.labels) touched.set(name, (touched.get(name) ?? new Set()).add(value));
    }
    for (const [name, changed] of touched) {
      const values = byLabel.get(name)!;
      for (const value of changed) {
        const left = values.get(value)!.filter(({ id }) => id >= 0);
        if (left.length > 0) values.set(value, left);
        else values.delete(value);
      }
      if (values.size === 0) byLabel.delete(name);
    }
  };
  /** The series that one matcher leaves, or null when it may leave series without its label. */
  const candidatesOf = ({ name, operator, value, matches }: Matcher): readonly (readonly Series[])[] | null => {
    if (matches("")) return null;
    const values = byLabel.get(name);
    if (values === undefined) return [];
    if (operator === "=") return [values.get(value) ?? []];
    const found: (readonly Series[])[] = [];
    for (const [text, posting] of values) if (matches(text)) found.push(posting);
    return found;
  };

  return {
    resolve(set) {
      const same = byIdentity.get(set);
      if (same === "ignored" || (same !== undefined && same.id >= 0)) return same;
      if (!isNeeded(set)) {
        byIdentity.set(set, "ignored");
        return "ignored";
      }
      const key = contentKey(set);
      let series = byContent.get(key);
      if (series === undefined) {
        if (byContent.size >= maxSeries) return "refused";
        series = open(key, set);
      }
      byIdentity.set(set, series);
      return series;
    },
    at: (id) => byId[id]!,
    count: () => byContent.size,
    capacity: () => byId.length,
    select(matchers) {
      let best: readonly (readonly Series[])[] | null = null;
      let fewest = Number.POSITIVE_INFINITY;
      let chosen: Matcher | undefined;
      // Equalities first: their candidates are known without looking at every value.
      for (const matcher of matchers.toSorted((a, b) => Number(b.operator === "=") - Number(a.operator === "="))) {
        if (matcher.operator !== "=" && fewest < (byLabel.get(matcher.name)?.size ?? 0)) continue;
        const candidates = candidatesOf(matcher);
        if (candidates === null) continue;
        const size = candidates.reduce((sum, { length }) => sum + length, 0);
        if (size < fewest) [best, fewest, chosen] = [candidates, size, matcher];
      }
      const rest = matchers.filter((matcher) => matcher !== chosen);
      return (best ?? [[...byContent.values()]]).flatMap((posting) =>
        posting.filter(({ set }) => fulfilsAll(rest, set)),
      );
    },
    servers,
    serverPlace: (name) => serverPlaces.get(name),
    sweep() {
      const gone: Series[] = [];
      for (const [key, series] of byContent) {
        if (series.intervals > 0) continue;
        byContent.delete(key);
        gone.push(series);
      }
      for (const series of gone) {
        freeIds.push(series.id);
        series.id = -1;
        leavePlace(series.server);
      }
      removeFromPostings(gone);
      return gone.length;
    },
  };
}

/** A text that two label sets share if and only if they are equal. */
function contentKey({ labels }: LabelSet): string {
  return JSON.stringify(labels);
}

/** Whether a label set fulfils all matchers; a label that is not there is empty. */
export function fulfilsAll(matchers: readonly Matcher[], set: LabelSet): boolean {
  return matchers.every(({ name, matches }) => matches(labelValue(set, name) ?? ""));
}
