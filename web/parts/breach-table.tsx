// Breach probability against horizon, per rule, with the time to breach that follows from it.
import type { Contract, Forecast } from "../data/types.ts";
import { duration, horizonName } from "../lib/format.ts";
import { timeToBreach } from "../lib/time-to-breach.ts";
import { Risk } from "./risk.tsx";
import { Scroll } from "./scroll.tsx";

/** One row per rule, one column per horizon. */
export function BreachTable({ forecast, rules }: { forecast: Forecast; rules: Contract["breachRules"] }) {
  const horizons = forecast.breaches[0]?.withinMs ?? [];
  const farthest = `>${duration(horizons.at(-1))}`;
  return (
    <Scroll label="Breach probabilities">
      <table class="plain-table breaches">
        <caption>Probability that a breach begins within</caption>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            {horizons.map((ms) => (
              <th scope="col" key={ms}>
                {horizonName(ms)}
              </th>
            ))}
            <th scope="col" title="Derived from the probabilities over the horizons, as in the alerts">
              Time to breach, 50 % (10 to 90 %)
            </th>
          </tr>
        </thead>
        <tbody>
          {forecast.breaches.map(({ rule, withinMs, probabilities }) => {
            const { p10Ms, p50Ms, p90Ms } = timeToBreach(withinMs, probabilities);
            const text = (ms: number | null) => (ms === null ? farthest : duration(ms));
            const meaning = rules.find(({ id }) => id === rule);
            return (
              <tr key={rule}>
                <th scope="row">
                  {rule}
                  {meaning && (
                    <small>{` ${meaning.metric} ${meaning.op === ">=" ? "≥" : "≤"} ${meaning.threshold} for ${meaning.for}`}</small>
                  )}
                </th>
                {probabilities.map((probability, at) => (
                  <td key={withinMs[at]}>
                    <Risk probability={probability} />
                  </td>
                ))}
                <td>
                  <b>{text(p50Ms)}</b> {p10Ms !== null && <small>{`${text(p10Ms)} to ${text(p90Ms)}`}</small>}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
