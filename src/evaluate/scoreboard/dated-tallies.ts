// Tallies by group and UTC day. Days that are over for long are merged into a total, so that memory stays bounded.

/** What can be kept by day: a tally whose sums are plain data. */
export interface Tally<State> {
  merge(other: State): void;
  state(): State;
}

/** Plain data of {@link DatedTallies}. */
export interface DatedTalliesState<State> {
  /** The first day that is kept apart, counted from the epoch. */
  firstDay: number;
  total: [key: string, State][];
  days: [day: number, groups: [key: string, State][]][];
}

/** No tallies. */
export function emptyTallies(): DatedTalliesState<never> {
  return { firstDay: 0, total: [], days: [] };
}

/** Tallies by group and day. */
export interface DatedTallies<State, T extends Tally<State>> {
  /** The tally of a group on a day; that of the total for a day which is no longer kept apart. */
  at(day: number, key: string): T;
  /** Merges the days before `day` into the total. */
  dropBefore(day: number): void;
  /** A new tally: the sum of the groups that `matches` says, from `firstDay` on or, when undefined, of all time. */
  merged(matches: (key: string) => boolean, firstDay?: number): T;
  state(): DatedTalliesState<State>;
}

/**
 * Makes tallies that go on from `state`.
 * @param make Makes a tally that goes on from a state, or an empty one without it.
 */
export function createDatedTallies<State, T extends Tally<State>>(
  make: (state?: State) => T,
  state: DatedTalliesState<State>,
): DatedTallies<State, T> {
  const restore = (groups: [string, State][]) => new Map(groups.map(([key, sums]) => [key, make(sums)]));
  const store = (groups: Map<string, T>) => [...groups].map(([key, tally]): [string, State] => [key, tally.state()]);
  const total = restore(state.total);
  const days = new Map(state.days.map(([day, groups]) => [day, restore(groups)]));
  let { firstDay } = state;

  const groupOf = (groups: Map<string, T>, key: string): T => {
    const known = groups.get(key);
    if (known) return known;
    const tally = make();
    groups.set(key, tally);
    return tally;
  };
  return {
    at(day, key) {
      if (day < firstDay) return groupOf(total, key);
      const groups = days.get(day) ?? new Map<string, T>();
      days.set(day, groups);
      return groupOf(groups, key);
    },
    dropBefore(day) {
      firstDay = Math.max(firstDay, day);
      for (const [old, groups] of [...days].sort(([a], [b]) => a - b)) {
        if (old >= firstDay) break;
        for (const [key, tally] of groups) groupOf(total, key).merge(tally.state());
        days.delete(old);
      }
    },
    merged(matches, from) {
      const sum = make();
      const kept = [...days].flatMap(([day, groups]) => (from === undefined || day >= from ? [groups] : []));
      for (const groups of from === undefined ? [total, ...kept] : kept) {
        for (const [key, tally] of groups) if (matches(key)) sum.merge(tally.state());
      }
      return sum;
    },
    state: () => ({ firstDay, total: store(total), days: [...days].map(([day, groups]) => [day, store(groups)]) }),
  };
}
