// Series as a product: what they are of (a server, an alert) times what is known of it (a metric, a quantile, a horizon).
// Matchers narrow both sides before anything is read, so that a query of one server costs that of one server.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Matcher, SelectRequest, SourceSeries } from "../../promql/index.ts";

/** Label values by label name. */
export type LabelRecord = Readonly<Record<string, string>>;

/** What series are of. */
export interface Subject {
  labels: LabelRecord;
}

/** The times that are wanted of series: (startMs, endMs], epoch milliseconds. */
export type SeriesWindow = Pick<SelectRequest, "startMs" | "endMs" | "signal">;

/** Times that series are looked for in, epoch milliseconds, both ends included. */
export interface LookupRange {
  fromMs: number;
  toMs: number;
}

/** Series that are read alike: every shape of every subject. */
export interface SeriesFamily<S extends Subject> {
  /** Labels that shapes have; a subject's own label of such a name gives way. */
  shapeNames: readonly string[];
  /** Labels of the series beside those of their subject, `__name__` among them. */
  shapes: readonly LabelRecord[];
  /** All subjects that can fulfil the matchers; those that do not may be among them. */
  subjects(matchers: readonly Matcher[]): readonly S[];
  /** Times of the first and the last sample that a subject may have; a family without it knows its subjects only as of now. */
  spanOf?(subject: S): readonly [firstMs: number, lastMs: number];
  /** Most samples of one series in a window; for limits, before they are read. */
  samplesWithin(window: SeriesWindow): number;
  /** Reads some of the subjects. */
  read(
    subjects: readonly S[],
    shapes: readonly LabelRecord[],
    window: SeriesWindow,
  ): Promise<SourceSeries[]> | SourceSeries[];
}

/** The part of a family that fulfils all matchers of a selector. Both lists are empty when no series does. */
export interface SelectedFamily {
  subjects: readonly Subject[];
  shapes: readonly LabelRecord[];
  samplesWithin(window: SeriesWindow): number;
  /** Reads some subjects after the other; others have their turn in between. @throws The signal's reason. */
  read(window: SeriesWindow): Promise<SourceSeries[]>;
}

const SLICE_SUBJECTS = 128;
const NOTHING: SelectedFamily = { subjects: [], shapes: [], samplesWithin: () => 0, read: async () => [] };

/** Narrows a family to what fulfils all matchers and may have samples in a range. */
export function selectFamily<S extends Subject>(
  { shapeNames, shapes, subjects, spanOf, samplesWithin, read }: SeriesFamily<S>,
  matchers: readonly Matcher[],
  range?: LookupRange,
): SelectedFamily {
  const isOfShape = ({ name }: Matcher) => shapeNames.includes(name);
  const ofShape = matchers.filter(isOfShape);
  const ofSubject = matchers.filter((matcher) => !isOfShape(matcher));
  const chosenShapes = shapes.filter((shape) => fulfils(ofShape, shape));
  if (chosenShapes.length === 0) return NOTHING;
  const isThen = (subject: S): boolean => {
    if (range === undefined || spanOf === undefined) return true;
    const [firstMs, lastMs] = spanOf(subject);
    return firstMs <= range.toMs && lastMs >= range.fromMs;
  };
  const chosenSubjects = subjects(ofSubject).filter((subject) => fulfils(ofSubject, subject.labels) && isThen(subject));
  if (chosenSubjects.length === 0) return NOTHING;
  return {
    subjects: chosenSubjects,
    shapes: chosenShapes,
    samplesWithin,
    async read(window) {
      const series: SourceSeries[] = [];
      for (let at = 0; at < chosenSubjects.length; at += SLICE_SUBJECTS) {
        window.signal.throwIfAborted();
        series.push(...(await read(chosenSubjects.slice(at, at + SLICE_SUBJECTS), chosenShapes, window)));
        await nextTurn();
      }
      return series;
    },
  };
}

/** The label set of a series. */
export function seriesLabels(subject: Subject, shape: LabelRecord): LabelRecord {
  return { ...subject.labels, ...shape };
}

/** The value that a label must have for a selector, or undefined when there may be several. */
export function wantedValue(matchers: readonly Matcher[], name: string): string | undefined {
  return matchers.find((matcher) => matcher.name === name && matcher.operator === "=")?.value;
}

function fulfils(matchers: readonly Matcher[], labels: LabelRecord): boolean {
  return matchers.every(({ name, matches }) => matches(Object.hasOwn(labels, name) ? labels[name]! : ""));
}
