// A forecast as text: where it comes from, the servers most at risk first, and per server tables and fan charts.
import { formatDuration } from "../../base/index.ts";
import type { BreachForecast, FleetForecast, ServerForecast, TargetForecast } from "../../forecast/index.ts";
import { fanChart } from "./ascii.ts";
import { printable, renderTable } from "./table.ts";

const SHOWN_TIMES_MS = [0.5, 1, 2, 4, 8].map((hours) => hours * 3_600_000);
const SHOWN_LEVELS = [0.1, 0.5, 0.9];
const CHART = { width: 72, height: 9 };

/** Header, servers by falling risk, refusals; with `detailed` every target of every server. */
export function forecastText(fleet: FleetForecast, detailed: boolean): string {
  const ordered = byRisk(fleet.forecasts);
  const refusals = fleet.refused.map(({ server, code, message }) => [server, code, message]);
  const parts = [
    headerText(fleet),
    riskTable(ordered),
    ...(detailed ? ordered.map((forecast) => serverText(fleet, forecast)) : []),
    ...(refusals.length === 0
      ? []
      : [renderTable([{ title: "refused" }, { title: "code" }, { title: "reason" }], refusals)]),
  ];
  return parts.join("\n");
}

/** Servers by falling risk: their largest probability of any breach within the horizon. */
export function byRisk(forecasts: readonly ServerForecast[]): ServerForecast[] {
  return forecasts.toSorted((a, b) => topRisk(b) - topRisk(a));
}

function headerText({ modelId, contractHash, issuedAt, forecasts, refused }: FleetForecast): string {
  const starts = forecasts.map(({ contextStart }) => contextStart).sort();
  const ends = forecasts.map(({ contextEnd }) => contextEnd).sort();
  const missing = forecasts.flatMap(({ missingShare }) => Object.values(missingShare));
  const meanMissing = missing.reduce((sum, share) => sum + share, 0) / missing.length;
  return [
    `model      ${modelId}, contract ${contractHash.slice(0, 12)}`,
    `issued at  ${issuedAt}; servers: ${forecasts.length} forecast, ${refused.length} refused`,
    `context    ${starts[0]} to ${ends.at(-1)}, ${percent(meanMissing)} missing`,
    "",
  ].join("\n");
}

function riskTable(forecasts: readonly ServerForecast[]): string {
  const times = Object.keys(forecasts[0]!.breaches[0]?.within ?? {});
  return renderTable(
    [
      { title: "server" },
      { title: "most likely breach" },
      ...times.map((time) => ({ title: `P within ${time}`, align: "right" as const })),
    ],
    forecasts.map(({ server, breaches }) => {
      const likely = breaches.reduce<BreachForecast | null>((a, b) => (a !== null && risk(a) >= risk(b) ? a : b), null);
      return [server, likely?.rule ?? "-", ...times.map((time) => percent(likely!.within[time]!))];
    }),
  );
}

function serverText(fleet: FleetForecast, { server, targets }: ServerForecast): string {
  const levels = SHOWN_LEVELS.map((level) => nearestIndex(fleet.quantileLevels, level));
  const parts = targets.map((target) => {
    const band = levels.map((level) => target.quantiles.map((step) => step[level]!));
    const fan = { history: target.history, lower: band[0]!, middle: band[1]!, upper: band[2]! };
    const title = `${printable(server)}: ${target.metric} (${target.unit})\n`;
    return `${title}${targetTable(fleet, target, levels)}\n${fanChart(fan, CHART.width, CHART.height)}`;
  });
  return parts.join("\n");
}

function targetTable(
  { intervalMs, quantileLevels }: FleetForecast,
  { quantiles }: TargetForecast,
  levels: readonly number[],
): string {
  const times = SHOWN_TIMES_MS.filter((ms) => ms % intervalMs === 0 && ms / intervalMs <= quantiles.length);
  const shown = times.length > 0 ? times : [quantiles.length * intervalMs];
  return renderTable(
    [
      { title: "in" },
      ...levels.map((level) => ({
        title: `p${Number((100 * quantileLevels[level]!).toFixed(1))}`,
        align: "right" as const,
      })),
    ],
    shown.map((ms) => {
      const step = quantiles[ms / intervalMs - 1]!; // the step that ends then
      return [formatDuration(ms), ...levels.map((level) => step[level]!.toFixed(2))];
    }),
  );
}

function topRisk({ breaches }: ServerForecast): number {
  return Math.max(0, ...breaches.map(risk));
}

/** Probability within the longest time. */
function risk({ within }: BreachForecast): number {
  return Math.max(0, ...Object.values(within));
}

function nearestIndex(values: readonly number[], wanted: number): number {
  const distances = values.map((value) => Math.abs(value - wanted));
  return distances.indexOf(Math.min(...distances));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
