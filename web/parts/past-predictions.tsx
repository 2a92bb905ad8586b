// The record of a server: which breach probability was served when, over what then came.

import { daemonNow } from "../data/clock.ts";
import type { Contract, History, PastForecast } from "../data/types.ts";
import { percent, time } from "../lib/format.ts";

const [WIDTH, HEIGHT] = [600, 64];

interface Props {
  past: readonly PastForecast[];
  history: History;
  rules: Contract["breachRules"];
}

/** One line per rule over the last day; the marks below it are when the metric was beyond the threshold. */
export function PastPredictions({ past, history, rules }: Props) {
  const startMs = Date.parse(history.startAt);
  const endMs = Math.max(startMs + history.steps * history.intervalMs, Date.parse(past.at(-1)?.issuedAt ?? "0") || 0);
  const x = (timeMs: number) => ((timeMs - startMs) / (endMs - startMs || 1)) * WIDTH;
  return (
    <section>
      <h2>What was predicted, and what came</h2>
      <p class="under">
        Line: probability of a breach within the longest horizon, from 0 to 100 %, as it was served. Marks: the metric
        was beyond its threshold.
      </p>
      {rules.map((rule) => {
        const points = past.flatMap(({ issuedAt, breaches }) => {
          const probability = breaches.find((breach) => breach.rule === rule.id)?.probabilities.at(-1);
          return probability === undefined ? [] : [{ atMs: Date.parse(issuedAt), probability }];
        });
        const isBeyond = (value: number | null) =>
          value !== null && (rule.op === ">=" ? value >= rule.threshold : value <= rule.threshold);
        const beyond = (history.metrics[rule.metric] ?? []).flatMap((value, step) => (isBeyond(value) ? [step] : []));
        const most = points.reduce((best, point) => (point.probability > best.probability ? point : best), {
          atMs: 0,
          probability: -1,
        });
        const text =
          most.probability < 0
            ? "nothing served yet"
            : `at most ${percent(most.probability)}, at ${time(most.atMs, daemonNow())}; ${beyond.length} of ${history.steps} steps beyond the threshold`;
        return (
          <figure class="record" key={rule.id}>
            <figcaption>
              <b>{rule.id}</b> <small>{text}</small>
            </figcaption>
            <svg
              viewBox={`0 0 ${WIDTH} ${HEIGHT + 8}`}
              preserveAspectRatio="none"
              role="img"
              aria-label={`${rule.id}: ${text}`}
            >
              <path class="grid" d={`M0 .5H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}`} />
              <path
                class="past"
                d={points
                  .map(
                    ({ atMs, probability }, at) =>
                      `${at ? "L" : "M"}${x(atMs).toFixed(1)} ${((1 - probability) * HEIGHT).toFixed(1)}`,
                  )
                  .join("")}
              />
              <path
                class="came"
                d={beyond
                  .map(
                    (step) =>
                      `M${x(startMs + step * history.intervalMs).toFixed(1)} ${HEIGHT + 2}h${(WIDTH / history.steps).toFixed(2)}v5h-${(WIDTH / history.steps).toFixed(2)}z`,
                  )
                  .join("")}
              />
            </svg>
          </figure>
        );
      })}
    </section>
  );
}
