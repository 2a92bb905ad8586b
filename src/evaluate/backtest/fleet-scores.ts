// Scores of a fleet: those of its servers merged by metric, lead time and label, and sums per server to draw bootstrap
// samples from.
import { createForecastTally, type ForecastTally, type TallyState } from "../../measure/index.ts";
import type { ServerScores } from "./server-scorer.ts";

/** Sums of one server over the whole horizon, by target and method. */
export interface ServerSummary {
  server: string;
  windows: number;
  sums: TallyState[][];
}

/** Servers that share the value of a label; tallies by target and method. */
export interface ProfileTallies {
  label: string;
  value: string | null;
  servers: Set<string>;
  windows: number;
  tallies: ForecastTally[][];
}

/** Scores of all servers added so far. */
export interface FleetScores {
  /** By target, method and lead-time band. */
  tallies: ForecastTally[][][];
  profiles: ProfileTallies[];
  /** Pairs of window and target that nobody is scored on. */
  leftOut: number;
  /** Windows of each target for which MASE is not defined. */
  withoutScale: number[];
  /** Adds the scores of a server; a server may come again with other windows. */
  add(scores: ServerScores): void;
  servers(): ServerSummary[];
}

/** Makes the scores of no server; `shape` gives how many targets, methods and bands there are. */
export function createFleetScores(
  levels: readonly number[],
  shape: { targets: number; methods: number; bands: number },
): FleetScores {
  const emptyGrid = () => grid(shape.targets, shape.methods, () => createForecastTally(levels));
  const servers = new Map<string, { windows: number; tallies: ForecastTally[][] }>();
  const profiles: ProfileTallies[] = [];

  const profileOf = (label: string, value: string | null): ProfileTallies => {
    const known = profiles.find((profile) => profile.label === label && profile.value === value);
    if (known !== undefined) return known;
    const profile = { label, value, servers: new Set<string>(), windows: 0, tallies: emptyGrid() };
    profiles.push(profile);
    return profile;
  };

  return {
    tallies: grid(shape.targets, shape.methods, () =>
      Array.from({ length: shape.bands }, () => createForecastTally(levels)),
    ),
    profiles,
    leftOut: 0,
    withoutScale: new Array<number>(shape.targets).fill(0),
    add({ server, labels, windows, tallies, leftOut, withoutScale }) {
      if (windows === 0) return;
      this.leftOut += leftOut;
      for (const [t, count] of withoutScale.entries()) this.withoutScale[t]! += count;
      const whole = servers.get(server) ?? { windows: 0, tallies: emptyGrid() };
      servers.set(server, whole);
      whole.windows += windows;
      const shared = Object.entries(labels).map(([label, value]) => profileOf(label, value));
      for (const profile of shared) {
        profile.servers.add(server);
        profile.windows += windows;
      }
      for (const [t, methods] of tallies.entries()) {
        for (const [m, bands] of methods.entries()) {
          for (const [b, tally] of bands.entries()) {
            const sums = tally.state();
            this.tallies[t]![m]![b]!.merge(sums);
            whole.tallies[t]![m]!.merge(sums);
            for (const profile of shared) profile.tallies[t]![m]!.merge(sums);
          }
        }
      }
    },
    servers: () =>
      Array.from(servers, ([server, summary]) => ({
        server,
        windows: summary.windows,
        sums: summary.tallies.map((methods) => methods.map((tally) => tally.state())),
      })),
  };
}

/** A tally of all that is in `tallies`. */
export function mergeTallies(levels: readonly number[], tallies: readonly ForecastTally[]): ForecastTally {
  const merged = createForecastTally(levels);
  for (const tally of tallies) merged.merge(tally.state());
  return merged;
}

function grid<Cell>(rows: number, columns: number, make: () => Cell): Cell[][] {
  return Array.from({ length: rows }, () => Array.from({ length: columns }, make));
}
