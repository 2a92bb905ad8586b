// Which samples of a request are kept: those of series that the mapping asks for, known or within the limit of new ones, at
// times that can be.
import type { SampleBlock } from "../wire/index.ts";
import { createRefusals, type Refusals, seriesText, timeText } from "./refusals.ts";
import type { Series, SeriesTable } from "./series-table.ts";

/** What of a request is kept. */
export interface Admission {
  /** The samples to keep; the block itself if that is all of it. */
  block: SampleBlock;
  /** The series of `block`, place by place. */
  series: readonly Series[];
  /** Where each of them was in the block that was sent. */
  places: readonly number[];
  /** Samples that no expression of the mapping asks for. */
  ignored: number;
  refusals: Refusals;
}

/** Looks at every sample of a block. @param fromMs Times in [fromMs, toMs] are taken. */
export function admit(block: SampleBlock, table: SeriesTable, fromMs: number, toMs: number): Admission {
  const { starts, timestampsMs } = block;
  const refusals = createRefusals();
  const series: Series[] = [];
  const places: number[] = [];
  const isKept = new Uint8Array(timestampsMs.length);
  let [kept, ignored] = [0, 0];
  for (const [place, set] of block.series.entries()) {
    const [begin, end] = [starts[place]!, starts[place + 1]!];
    const found = table.resolve(set);
    if (found === "ignored") ignored += end - begin;
    else if (found === "refused") refusals.add("too_many_series", end - begin, place, () => seriesText(set));
    else {
      const before = kept;
      for (let at = begin; at < end; at++) {
        const timeMs = timestampsMs[at]!;
        if (timeMs >= fromMs && timeMs <= toMs) {
          isKept[at] = 1;
          kept++;
        } else {
          refusals.add(
            timeMs > toMs ? "too_far_ahead" : "too_old",
            1,
            place,
            () => `${seriesText(set)} ${timeText(timeMs)}`,
          );
        }
      }
      if (kept === before) continue;
      series.push(found);
      places.push(place);
    }
  }
  const isWhole = kept === isKept.length && series.length === block.series.length;
  return { block: isWhole ? block : pick(block, isKept), series, places, ignored, refusals };
}

/** The samples that are marked, without the series that have none of them. */
function pick({ series, starts, timestampsMs, values, stale }: SampleBlock, isKept: Uint8Array): SampleBlock {
  const isMarked = (_: number, at: number) => isKept[at] === 1;
  const kept: (typeof series)[number][] = [];
  const ends = [0];
  let count = 0;
  for (const [place, set] of series.entries()) {
    const before = count;
    for (let at = starts[place]!; at < starts[place + 1]!; at++) count += isKept[at]!;
    if (count === before) continue;
    kept.push(set);
    ends.push(count);
  }
  return {
    series: kept,
    starts: Uint32Array.from(ends),
    timestampsMs: timestampsMs.filter(isMarked),
    values: values.filter(isMarked),
    stale: stale.filter(isMarked),
  };
}
