// The fan chart of one metric, with what it says in words for those who cannot see it.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { daemonNow } from "../data/clock.ts";
import type { Contract, Forecast, History } from "../data/types.ts";
import { drawFan, fanData } from "../lib/fan-chart.ts";
import { number, time, utc } from "../lib/format.ts";
import { nearest } from "../lib/quantiles.ts";
import { paint } from "../lib/theme.ts";
import "uplot/dist/uPlot.min.css";

interface Props {
  metric: Contract["metrics"][number];
  rules: Contract["breachRules"];
  history: History | null;
  forecast: Forecast | null;
}

/** The chart of a metric of a server. */
export function FanChart({ metric, rules, history, forecast }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const target = forecast?.targets.find((one) => one.metric === metric.name);
  const data = useMemo(() => {
    const ahead =
      target && forecast
        ? {
            low: nearest(target, 0.1),
            median: nearest(target, 0.5),
            high: nearest(target, 0.9),
            originMs: Date.parse(forecast.originAt),
          }
        : null;
    const startMs = history ? Date.parse(history.startAt) : 0;
    return fanData(
      history?.metrics[metric.name] ?? [],
      startMs,
      ahead,
      history?.intervalMs ?? forecast?.intervalMs ?? 1,
    );
  }, [history, target]);

  const repaint = paint.value;
  useEffect(() => {
    const element = place.current!;
    const chart = drawFan(element, data, rules, metric, setAt);
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: chart.height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [data, repaint]);

  const summary = summarise(data, metric, rules);
  return (
    <figure class="fan">
      <figcaption>
        <h2>{metric.name}</h2>
        <span class="readout" aria-hidden="true">
          {at === null || data.times[at] === undefined ? summary.short : readout(data, at, metric.unit)}
        </span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={summary.long} />
    </figure>
  );
}

type Data = ReturnType<typeof fanData>;

function readout(data: Data, at: number, unit: string): string {
  const timeMs = data.times[at]! * 1000;
  const when = `${time(timeMs, daemonNow())} (${utc(timeMs)})`;
  const past = data.past[at];
  if (past !== null && past !== undefined) return `${when}: ${number(past)} ${unit}`;
  if (data.median[at] == null) return `${when}: nothing measured`;
  return `${when}: ${number(data.median[at])} ${unit}, 80 % between ${number(data.low[at])} and ${number(data.high[at])}`;
}

function summarise(
  data: Data,
  { name, unit }: Props["metric"],
  rules: Props["rules"],
): { short: string; long: string } {
  const last = data.past.findLast((value) => value !== null);
  const end = data.median.length - 1;
  const now = last === undefined ? "nothing measured" : `now ${number(last)} ${unit}`;
  const ahead =
    data.median[end] == null
      ? "no forecast"
      : `at the end ${number(data.median[end])}, 80 % between ${number(data.low[end])} and ${number(data.high[end])}`;
  const limits = rules.map(({ op, threshold }) => `breach ${op} ${threshold}`).join(", ");
  return {
    short: `${now}; ${ahead}`,
    long: `${name}: ${[now, ahead, limits].filter(Boolean).join("; ")}. The table below has the numbers.`,
  };
}
