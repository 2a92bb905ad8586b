// The forecast in numbers: every step with the quantiles; and a file with the history and the forecast of all metrics.
import { useState } from "preact/hooks";
import { download } from "../data/api.ts";
import type { Forecast } from "../data/types.ts";
import { number } from "../lib/format.ts";
import { levelsOf } from "../lib/quantiles.ts";
import { Choice } from "./choice.tsx";
import { Scroll } from "./scroll.tsx";
import { Time } from "./time.tsx";

interface Props {
  forecast: Forecast;
  metrics: readonly string[];
  metric: string;
}

/** One metric at a time; the file has all of them, and what was measured. */
export function ForecastTable({ forecast, metrics, metric }: Props) {
  const [fault, setFault] = useState("");
  const target = forecast.targets.find((one) => one.metric === metric);
  const { server, originAt, intervalMs, modelId, contractHash } = forecast;
  const save = () => {
    setFault("");
    download(`servers/${encodeURIComponent(server)}/csv`, {}, `${server}.csv`).catch((error) =>
      setFault(String(error.message)),
    );
  };
  if (target === undefined) return null;
  const levels = levelsOf(target);
  const steps = target.quantiles[String(levels[0])]!.length;
  return (
    <section>
      <h2>Numbers</h2>
      <div class="choices">
        <Choice name="metric" label="Metric" value={metric} options={metrics.map((name) => [name, name] as const)} />
        <button type="button" onClick={save}>
          Save CSV
        </button>
        {fault && <span role="alert">{fault}</span>}
      </div>
      <details>
        <summary>
          {steps} steps of {levels.length} quantiles in {target.unit ?? "its unit"}, model {modelId}, contract{" "}
          {contractHash.slice(0, 12)}
        </summary>
        <Scroll label="Quantiles per step">
          <table class="plain-table figures">
            <thead>
              <tr>
                <th scope="col">Time</th>
                {levels.map((level) => (
                  <th scope="col" key={level}>
                    p{Number((level * 100).toFixed(1))}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {Array.from({ length: steps }, (_, step) => (
                <tr key={step}>
                  <th scope="row">
                    <Time at={Date.parse(originAt) + step * intervalMs} />
                  </th>
                  {levels.map((level) => (
                    <td key={level}>{number(target.quantiles[String(level)]![step])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </section>
  );
}
