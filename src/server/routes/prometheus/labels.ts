// Which series, label names and label values there are, and what metrics mean: what editors of queries ask for.
import { z } from "zod";
import type { ApiServer } from "../../api-server.ts";
import { ALERTS } from "../../series/alerts.ts";
import { type SelectedFamily, seriesLabels } from "../../series/family.ts";
import { BREACH_PROBABILITY, FORECAST } from "../../series/forecast.ts";
import { SCORE_MEANINGS } from "../../series/scores.ts";
import { selectFamilies } from "../../series/source.ts";
import { BREACH_THRESHOLD } from "../../series/thresholds.ts";
import type { Services } from "../../services.ts";
import { enveloped, sendData } from "./envelope.ts";
import { getAndPost } from "./form.ts";
import {
  cutTo,
  limitParameter,
  listedParameter,
  readSelectors,
  selectionParameters,
  textParameter,
} from "./parameters.ts";

/** Most label sets of an answer without a limit. */
const MOST_SERIES = 40_000;

/** What is asked for: some series, and those that have samples in a time. */
interface Selection {
  "match[]"?: readonly string[] | undefined;
  start?: number | undefined;
  end?: number | undefined;
}

/** Registers the routes. */
export function registerLabels(app: ApiServer, services: Services): void {
  const familiesOf = ({ "match[]": texts, start, end }: Selection): SelectedFamily[] => {
    const range = { fromMs: start ?? Number.NEGATIVE_INFINITY, toMs: end ?? Number.POSITIVE_INFINITY };
    return readSelectors(texts).flatMap((matchers) => selectFamilies(services, matchers, range));
  };

  const seriesSchema = z.object({ ...selectionParameters, "match[]": listedParameter });
  const labelSets = enveloped(z.array(z.record(z.string(), z.string())));
  getAndPost(
    app,
    "/series",
    seriesSchema,
    "Label sets of the series that selectors select",
    labelSets,
    async (asked, reply) => {
      const most = asked.limit || MOST_SERIES;
      const { items, warnings } = cutTo([...labelSetsOf(familiesOf(asked), most + 1)], most);
      return sendData(reply, items, warnings);
    },
  );

  const namesSchema = z.object(selectionParameters);
  const texts = enveloped(z.array(z.string()));
  getAndPost(app, "/labels", namesSchema, "Names of labels", texts, async (asked, reply) => {
    const names = new Set<string>();
    for (const { subjects, shapes } of familiesOf(asked)) {
      for (const { labels } of subjects) for (const name of Object.keys(labels)) names.add(name);
      for (const shape of shapes) for (const name of Object.keys(shape)) names.add(name);
    }
    const { items, warnings } = cutTo([...names].sort(), asked.limit);
    return sendData(reply, items, warnings);
  });

  app.get(
    "/label/:name/values",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "Values of a label", tags: ["prometheus"], params: z.object({ name: textParameter }) },
        ...{ querystring: namesSchema, response: texts },
      },
    },
    async (request, reply) => {
      const values = labelValues(familiesOf(request.query), request.params.name);
      const { items, warnings } = cutTo([...values].sort(), request.query.limit);
      return sendData(reply, items, warnings) as never;
    },
  );

  const metadataSchema = z.object({
    metric: textParameter.optional(),
    limit: limitParameter,
    limit_per_metric: limitParameter,
  });
  const meaning = z.object({ type: z.string(), help: z.string(), unit: z.string() });
  app.get(
    "/metadata",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "What metrics mean", tags: ["prometheus"], querystring: metadataSchema },
        response: enveloped(z.record(z.string(), z.array(meaning))),
      },
    },
    async (request, reply) => {
      const { metric, limit } = request.query;
      const meanings = metricMeanings(services).filter(([name]) => metric === undefined || name === metric);
      return sendData(reply, Object.fromEntries(cutTo(meanings, limit).items)) as never;
    },
  );
}

/** Label sets of the series of families, each once, until there are enough. */
function* labelSetsOf(families: readonly SelectedFamily[], most: number) {
  const given = new Set<string>();
  for (const { subjects, shapes } of families) {
    for (const subject of subjects) {
      for (const shape of shapes) {
        if (given.size >= most) return;
        const labels = seriesLabels(subject, shape);
        const key = JSON.stringify(labels);
        if (given.has(key)) continue;
        given.add(key);
        yield labels;
      }
    }
  }
}

function labelValues(families: readonly SelectedFamily[], name: string): Set<string> {
  const values = new Set<string>();
  for (const { subjects, shapes } of families) {
    for (const labels of [...shapes, ...subjects.map((subject) => subject.labels)]) {
      if (Object.hasOwn(labels, name) && labels[name] !== "") values.add(labels[name]!);
    }
  }
  return values;
}

/** Type, help and unit by name. A counter is stored as its increase in an interval, which is a gauge. */
function metricMeanings({ contract }: Services) {
  const measured = contract.metrics.map(({ name, unit, description }): [string, string, string] => {
    return [name, description ?? "", unit];
  });
  const own: [string, string, string][] = [
    [FORECAST, "Quantile of the current forecast, at the time that it is for, in the unit of its metric", ""],
    [BREACH_PROBABILITY, "Probability that an incident of the breach rule begins within the horizon", "ratio"],
    [BREACH_THRESHOLD, "Threshold of the breach rule, in the unit of its metric", ""],
    [ALERTS, "1 while an alert is pending or firing", ""],
    ...Object.entries(SCORE_MEANINGS).map(([name, help]): [string, string, string] => [name, help, ""]),
  ];
  return [...measured, ...own].map(([name, help, unit]) => [name, [{ type: "gauge", help, unit }]] as const);
}
