// A server's last hours and its forecast in a line: read only when the row is in view, a few at a time.
import { get } from "../data/api.ts";
import { daemonNow } from "../data/clock.ts";
import { useResource } from "../data/resource.ts";
import { takeTurn } from "../data/turns.ts";
import type { Forecast, History, RankedTarget } from "../data/types.ts";
import { nearest } from "../lib/quantiles.ts";

const PAST_MS = 6 * 3_600_000;
const [WIDTH, HEIGHT] = [140, 28];

/** The line with its 80 % band; the threshold is the dashed one. */
export function Sparkline({ server, metric, threshold, issuedAtMs }: RankedTarget) {
  const { value } = useResource(`${server} ${metric}`, issuedAtMs, (signal) =>
    takeTurn(async () => {
      const from = Math.floor((daemonNow() - PAST_MS) / 1000);
      const [history, forecast] = await Promise.all([
        get<History>(`servers/${encodeURIComponent(server)}/history`, { from, metrics: metric }, signal),
        get<Forecast>(`servers/${encodeURIComponent(server)}/forecast`, { metrics: metric }, signal),
      ]);
      return { past: history.metrics[metric] ?? [], target: forecast.targets[0] };
    }, signal),
  );
  if (value?.target === undefined)
    return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" />;
  const { past, target } = value;
  const [low, median, high] = [nearest(target, 0.1), nearest(target, 0.5), nearest(target, 0.9)];
  const all = [...past.filter((one) => one !== null), ...low, ...high, threshold];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const y = (amount: number) => HEIGHT - 2 - ((amount - least) / (most - least || 1)) * (HEIGHT - 4);
  const steps = past.length + median.length;
  const x = (step: number) => (step / Math.max(1, steps - 1)) * WIDTH;
  const place = (step: number, amount: number) => `${x(step).toFixed(1)} ${y(amount).toFixed(1)}`;
  const line = (values: readonly (number | null)[], from: number) =>
    values
      .map((one, at) =>
        one === null ? "" : `${(values[at - 1] ?? null) === null ? "M" : "L"}${place(from + at, one)}`,
      )
      .join("");
  const band = [
    ...high.map((one, at) => place(past.length + at, one)),
    ...low.map((one, at) => place(past.length + at, one)).reverse(),
  ];
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="band" d={`M${band.join("L")}Z`} />
      <path class="threshold" d={`M0 ${y(threshold)}H${WIDTH}`} />
      <path class="past" d={line(past, 0)} />
      <path class="median" d={line(median, past.length)} />
    </svg>
  );
}
