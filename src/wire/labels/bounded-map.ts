// A map of bounded size for interning. Two generations: when the young one is full it becomes the old one and the former
// old one is dropped; what is used meanwhile moves back. So it holds what was used lately, at the cost of one look-up.

/** A map that forgets what was not used for long. */
export interface BoundedMap<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  clear(): void;
  /** Entries held now, of both generations. */
  size(): number;
}

/** How much a {@link BoundedMap} holds. */
export interface Bounds {
  entries: number;
  /** Characters of all keys. */
  keyCharacters: number;
}

/** Makes an empty map that never holds more than `bounds` allow. */
export function createBoundedMap<T>(bounds: Bounds): BoundedMap<T> {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  let characters = 0;

  const set = (key: string, value: T): void => {
    if (key.length > bounds.keyCharacters / 2) return;
    if (young.size >= bounds.entries / 2 || characters + key.length > bounds.keyCharacters / 2) {
      old = young;
      young = new Map();
      characters = 0;
    }
    young.set(key, value);
    characters += key.length;
  };
  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const earlier = old.get(key);
      if (earlier !== undefined) set(key, earlier);
      return earlier;
    },
    set,
    clear() {
      young = new Map();
      old = new Map();
      characters = 0;
    },
    size: () => young.size + old.size,
  };
}
