// The series of a target: what a scrape gives, under the labels of the target, with the end of what it gives no more. As
// Prometheus does with honor_timestamps and without honor_labels (docs/configuration/configuration.md).
import {
  blockOfSamples,
  type DecodedSamples,
  EXPOSITION_LIMITS,
  type Label,
  type LabelSet,
  labelSetOf,
  NAME_LABEL,
  type SampleBlock,
  type SeriesSample,
} from "../../wire/index.ts";

/** How a scrape went. */
export interface Scrape {
  /** When it began, epoch milliseconds: the time of samples that have none of their own. */
  timeMs: number;
  seconds: number;
  /** What the page held; null for none. */
  page: DecodedSamples | null;
}

/** What is to be stored of a scrape. */
export interface ScrapedSamples {
  block: SampleBlock;
  /** Series that broke a limit under the labels of the target. */
  rejected: number;
  /** To be called once the block is stored: its series are those that may end from now on. */
  keep(): void;
}

/** The series of one target. */
export interface TargetSeries {
  /**
   * The samples of a scrape with `up`, `scrape_duration_seconds` and `scrape_samples_scraped`. Series that the last stored
   * scrape had and this one has not end with a stale marker; those with timestamps of their own never do.
   */
  samplesOf(scrape: Scrape): ScrapedSamples;
}

/** Makes the series of a target with these labels, without samples so far. */
export function createTargetSeries(target: readonly Label[]): TargetSeries {
  // Label sets keep their identity from scrape to scrape, by which the receiver knows them.
  const labelled = new WeakMap<LabelSet, LabelSet | null>();
  const own = (name: string) => requireSet([[NAME_LABEL, name], ...target]);
  const [up, duration, scraped] = [own("up"), own("scrape_duration_seconds"), own("scrape_samples_scraped")];
  let previous = new Set<LabelSet>();

  const labelledSet = (set: LabelSet): LabelSet | null => {
    const known = labelled.get(set);
    if (known !== undefined) return known;
    const made = labelSetOf(underTarget(set.labels, target), EXPOSITION_LIMITS);
    const result = "reason" in made ? null : made;
    labelled.set(set, result);
    return result;
  };

  return {
    samplesOf({ timeMs, seconds, page }) {
      const samples: SeriesSample[] = [];
      const current = new Set<LabelSet>();
      let rejected = 0;
      for (const [index, series] of (page?.series ?? []).entries()) {
        const set = labelledSet(series);
        // A page has one sample a series.
        const at = page!.starts[index]!;
        if (set === null) rejected++;
        else {
          const timestampMs = page!.timestampsMs[at]!;
          samples.push({ series: set, timestampMs, value: page!.values[at]! });
          if (timestampMs === timeMs) current.add(set);
        }
      }
      for (const ended of endedOf(previous, current)) samples.push({ series: ended, timestampMs: timeMs, value: null });
      const told: [LabelSet, number][] = [
        [up, page === null ? 0 : 1],
        [duration, seconds],
        [scraped, page?.values.length ?? 0],
      ];
      for (const [series, value] of told) samples.push({ series, timestampMs: timeMs, value });
      return {
        block: blockOfSamples(samples),
        rejected,
        keep() {
          previous = current;
        },
      };
    },
  };
}

/** Series of the last scrape that are not in this one, by their labels: a set that was forgotten meanwhile is a new object. */
function endedOf(previous: ReadonlySet<LabelSet>, current: ReadonlySet<LabelSet>): LabelSet[] {
  const gone = [...previous].filter((set) => !current.has(set));
  if (gone.length === 0) return gone;
  const textOf = ({ labels }: LabelSet): string => JSON.stringify(labels);
  const fresh = new Set([...current].filter((set) => !previous.has(set)).map(textOf));
  return gone.filter((set) => !fresh.has(textOf(set)));
}

/** Labels with those of the target; one of the page with the same name is kept as `exported_`. */
function underTarget(labels: readonly Label[], target: readonly Label[]): Label[] {
  const taken = new Set([...labels, ...target].map(([name]) => name));
  const isTargets = (name: string): boolean => target.some(([own]) => own === name);
  const exported = (name: string): string => {
    let free = `exported_${name}`;
    while (taken.has(free)) free = `exported_${free}`;
    taken.add(free);
    return free;
  };
  return [...labels.map(([name, value]): Label => [isTargets(name) ? exported(name) : name, value]), ...target];
}

function requireSet(labels: readonly Label[]): LabelSet {
  const set = labelSetOf(labels, EXPOSITION_LIMITS);
  if ("reason" in set) throw new Error(`labels of a target: ${set.detail}`);
  return set;
}
