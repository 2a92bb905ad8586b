// The fan chart of one metric, with what it says in words for those who cannot see it.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { daemonNow } from "../data/clock.ts";
import type { AheadRecord, Contract, Forecast, History, ServerEvent } from "../data/types.ts";
import { titleOf } from "../lib/events.ts";
import { halfOf } from "../lib/explain.ts";
import { drawFan } from "../lib/fan-chart.ts";
import { type FanData, fanData } from "../lib/fan-data.ts";
import type { Attention } from "../lib/fan-marks.ts";
import { horizonName, number, percent, time, utc } from "../lib/format.ts";
import { bandOf, levelsOf } from "../lib/quantiles.ts";
import { paint } from "../lib/theme.ts";
import "uplot/dist/uPlot.min.css";

interface Props {
  metric: Contract["metrics"][number];
  rules: Contract["breachRules"];
  history: History | null;
  forecast: Forecast | null;
  /** What was forecast so long ahead; null when it is not asked for. */
  record: AheadRecord | null;
  /** Where the model looked; null when it is not shown. */
  attention: Attention | null;
  events: readonly ServerEvent[];
}

/** The chart of a metric of a server. */
export function FanChart({ metric, rules, history, forecast, record, attention, events }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const target = forecast?.targets.find((one) => one.metric === metric.name);
  const recorded = record?.metrics.find((one) => one.metric === metric.name);
  const stepMs = history?.intervalMs ?? forecast?.intervalMs ?? 1;
  const data = useMemo(() => {
    const past = {
      startMs: history ? Date.parse(history.startAt) : 0,
      values: history?.metrics[metric.name] ?? [],
    };
    return fanData(
      past,
      target && forecast ? bandOf(target, Date.parse(forecast.originAt)) : null,
      recorded && record ? bandOf(recorded, Date.parse(record.startAt)) : null,
      stepMs,
    );
  }, [history, target, recorded]);

  const repaint = paint.value;
  useEffect(() => {
    const element = place.current!;
    const chart = drawFan(element, data, { rules, attention, events }, metric, setAt);
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: chart.height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [data, attention, events, repaint]);

  const summary = summarise(data, metric, rules);
  const score = record && recordText(record, recorded);
  return (
    <figure class="fan">
      <figcaption>
        <h2>{metric.name}</h2>
        <span class="readout" aria-hidden="true">
          {at === null || data.times[at] === undefined
            ? summary.short
            : readout(data, at, metric.unit) + eventsAt(events, data.times[at]! * 1000, stepMs)}
        </span>
      </figcaption>
      <div
        ref={place}
        class="plot"
        role="img"
        aria-label={[summary.long, score && `${score}.`, attentionText(attention), eventsText(events)]
          .filter(Boolean)
          .join(" ")}
      />
      {score && <p class="under">{score}</p>}
    </figure>
  );
}

type Recorded = AheadRecord["metrics"][number];

/** How good the forecasts of this lead were. */
function recordText({ leadMs }: AheadRecord, recorded: Recorded | undefined): string {
  const lead = `${horizonName(leadMs)} ahead`;
  if (recorded === undefined || recorded.scored === 0) return `${lead}: nothing to compare yet`;
  const { scored, inside } = recorded;
  const levels = levelsOf(recorded);
  const width = percent(levels.at(-1)! - levels[0]!);
  return `${lead}: ${inside} of ${scored} values inside the ${width} band (${percent(inside / scored)})`;
}

function attentionText(attention: Attention | null): string {
  if (attention === null || attention.shares.length === 0) return "";
  const [first, end] = halfOf(attention.shares).map((span) => attention.startMs + span * attention.spanMs);
  return `Bars at the foot: half of what the model looked at in the past lies between ${time(first!, daemonNow())} and ${time(end!, daemonNow())}.`;
}

function eventsText(events: readonly ServerEvent[]): string {
  return events.length === 0 ? "" : `${events.length} events are marked; the list below names them.`;
}

function eventsAt(events: readonly ServerEvent[], timeMs: number, stepMs: number): string {
  return events
    .filter(({ at }) => Math.abs(Date.parse(at) - timeMs) <= stepMs)
    .map((event) => `; ${[event.rule, titleOf(event), event.note].filter(Boolean).join(" ")}`)
    .join("");
}

function readout(data: FanData, at: number, unit: string): string {
  const timeMs = data.times[at]! * 1000;
  const when = `${time(timeMs, daemonNow())} (${utc(timeMs)})`;
  const [past, { earlier }] = [data.past[at], data];
  const expected = earlier.median[at] == null ? "" : `; expected ${band(earlier, at)}`;
  if (past !== null && past !== undefined) return `${when}: ${number(past)} ${unit}${expected}`;
  return data.median[at] == null ? `${when}: nothing measured${expected}` : `${when}: ${band(data, at)} ${unit}`;
}

function band({ low, median, high }: Pick<FanData, "low" | "median" | "high">, at: number): string {
  return `${number(median[at])}, 80 % between ${number(low[at])} and ${number(high[at])}`;
}

function summarise(
  data: FanData,
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
