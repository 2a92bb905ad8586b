// Forecast scores in the text of a backtest: by metric, time ahead, label, server and length of history.
import { formatDuration } from "../../base/index.ts";
import type { EvaluationReport } from "../../evaluate/index.ts";
import { bestBaseline, lossOf, type MethodScores, number, percent, right } from "./backtest-cells.ts";
import { renderTable } from "./table.ts";

/** Every method on one metric, with its paired difference to the model. */
export function metricTable(
  { differences }: EvaluationReport,
  { metric, methods }: EvaluationReport["byMetric"][number],
): string {
  const columns = ["WQL", "MASE", "MAE", "pinball", "coverage", "width", "model / it"].map(right);
  return renderTable(
    [{ title: "method" }, ...columns, { title: "95 %" }, { title: "the model is" }],
    methods.map((scores) => {
      const found = differences.find(
        (one) => one.metric === metric && one.baseline === scores.method && one.measure === "pinball",
      );
      const { estimate, low, high } = found?.ratio ?? { estimate: null, low: null, high: null };
      return [
        scores.method,
        number(scores.weightedQuantileLoss, 4),
        number(scores.meanAbsoluteScaledError, 3),
        number(scores.meanAbsoluteError, 3),
        number(scores.pinball, 3),
        percent(scores.coverage),
        number(scores.width, 2),
        number(estimate, 3),
        low === null ? "" : `${number(low, 3)} .. ${number(high, 3)}`,
        found?.verdict ?? "",
      ];
    }),
  );
}

/** The model and the best baseline by time ahead. */
export function leadTable({ byLeadTime }: EvaluationReport): string {
  return comparisonTable(
    ["metric", "ahead"],
    byLeadTime.map(({ metric, fromMs, toMs, methods }) => {
      const from = fromMs === 0 ? "0" : formatDuration(fromMs);
      return { names: [metric, `${from} to ${formatDuration(toMs)}`], methods };
    }),
  );
}

/** The model and the best baseline by value of each label. */
export function profileTable({ byProfile }: EvaluationReport): string {
  return comparisonTable(
    ["label", "value", "servers", "metric"],
    byProfile.map(({ label, value, servers, metric, methods }) => ({
      names: [label, value ?? "(none)", String(servers), metric],
      methods,
    })),
  );
}

function comparisonTable(titles: readonly string[], rows: { names: string[]; methods: MethodScores[] }[]): string {
  const columns = ["WQL", "MASE", "coverage"].map(right);
  return renderTable(
    [...titles.map((title) => ({ title })), ...columns, { title: "best baseline" }, right("its WQL"), { title: "" }],
    rows.map(({ names, methods: [model, ...baselines] }) => {
      const best = bestBaseline(baselines);
      return [
        ...names,
        number(model!.weightedQuantileLoss, 4),
        number(model!.meanAbsoluteScaledError, 3),
        percent(model!.coverage),
        best.method,
        number(best.weightedQuantileLoss, 4),
        lossOf(best) < lossOf(model!) ? "the model loses" : "",
      ];
    }),
  );
}

/** The worst tenth of the servers. */
export function serverTable({ worstServers }: EvaluationReport): string {
  return renderTable(
    [{ title: "server" }, right("windows"), right("x best baseline"), right("MASE")],
    worstServers.map(({ server, windows, ratioToBest, meanAbsoluteScaledError }) => [
      server,
      String(windows),
      number(ratioToBest, 2),
      number(meanAbsoluteScaledError, 3),
    ]),
  );
}

/** Servers of which little history is known. */
export function coldStartTable(coldStart: NonNullable<EvaluationReport["coldStart"]>): string {
  return renderTable(
    [
      { title: "history" },
      right("windows"),
      right("refused"),
      { title: "metric" },
      right("WQL"),
      { title: "best baseline" },
      right("its WQL"),
    ],
    coldStart.flatMap(({ historyMs, windows, refused, comparisons }) => {
      const names = [formatDuration(historyMs), String(windows), String(refused)];
      if (comparisons.length === 0) return [[...names, "all refused: too little history", "", "", ""]];
      return comparisons.map(({ metric, methods: [model, ...baselines] }) => {
        const best = bestBaseline(baselines);
        const own = number(model!.weightedQuantileLoss, 4);
        return [...names, metric, own, best.method, number(best.weightedQuantileLoss, 4)];
      });
    }),
  );
}
