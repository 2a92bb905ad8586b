// Label sets that were seen lately, by the bytes that stood for them. A known series costs one look-up: its labels are
// neither decoded nor checked again, and a mapper meets the same object in every request.
import { type BoundedMap, type Bounds, createBoundedMap } from "./bounded-map.ts";
import { type Label, type LabelSet, NAME_LABEL } from "./label-set.ts";

/** Interned label sets. Each format has its own keys, since the same labels have other bytes in each. */
export interface LabelCache {
  /** By the bytes of the `labels` fields. */
  readonly remoteWrite1: BoundedMap<LabelSet>;
  /** By the numbers of the symbols. */
  readonly remoteWrite2: BoundedMap<LabelSet>;
  /** Numbers of symbols, and of resources with a metric; a number is never used twice. */
  readonly symbols: BoundedMap<number>;
  /** By the number of resource and metric, and the bytes of a point's attributes and bounds. */
  readonly otlp: BoundedMap<readonly LabelSet[]>;
  /** By the text before the value. */
  readonly exposition: BoundedMap<LabelSet>;
  /** Labels, which most sets share with others. */
  readonly labels: BoundedMap<Label>;
  nextSymbol: number;
}

/** Bounds of each of the maps of a cache. 250,000 series stay known if all are seen in turn: half of the entries. */
export const DEFAULT_CACHE_BOUNDS: Bounds = { entries: 500_000, keyCharacters: 128 * 2 ** 20 };

/** Makes an empty cache. */
export function createLabelCache(bounds: Bounds = DEFAULT_CACHE_BOUNDS): LabelCache {
  return {
    remoteWrite1: createBoundedMap(bounds),
    remoteWrite2: createBoundedMap(bounds),
    symbols: createBoundedMap(bounds),
    otlp: createBoundedMap(bounds),
    exposition: createBoundedMap(bounds),
    labels: createBoundedMap(bounds),
    nextSymbol: 1,
  };
}

/** The same label set, made of labels that other sets of the cache hold too: a third of the memory. */
export function sharedSet(cache: LabelCache, set: LabelSet): LabelSet {
  const labels = set.labels.map((label) => {
    const key = `${label[0].length} ${label[0]}${label[1]}`;
    const known = cache.labels.get(key);
    if (known !== undefined) return known;
    cache.labels.set(key, label);
    return label;
  });
  return { name: labels.find(([name]) => name === NAME_LABEL)![1], labels };
}

/** Symbols are numbered anew from here on, long before 32 bits end. */
const LAST_NUMBER = 2 ** 31;

/** The number of a symbol: the same one whenever it comes again, unless it was forgotten meanwhile. */
export function numberOf(cache: LabelCache, symbol: string): number {
  const known = cache.symbols.get(symbol);
  if (known !== undefined) return known;
  const number = cache.nextSymbol++;
  cache.symbols.set(symbol, number);
  return number;
}

/** To be called before a body is decoded: numbers must not change within one. */
export function renumberIfNeeded(cache: LabelCache): void {
  if (cache.nextSymbol <= LAST_NUMBER) return;
  cache.symbols.clear();
  cache.remoteWrite2.clear();
  cache.otlp.clear();
  cache.nextSymbol = 1;
}
