// What is known of a model: its scores beside the baselines, its training, its card.
import { get } from "../data/api.ts";
import { useResource } from "../data/resource.ts";
import type { ModelDetail } from "../data/types.ts";
import { number, percent } from "../lib/format.ts";
import { readEvaluation, readTraining } from "../lib/model-documents.ts";
import { Losses } from "./losses.tsx";
import { ModelReport } from "./model-report.tsx";
import { Failure } from "./notice.tsx";
import { Scroll } from "./scroll.tsx";

/** The documents of a model directory. */
export function ModelView({ id }: { id: string }) {
  const model = useResource(id, id, (signal) => get<ModelDetail>(`models/${encodeURIComponent(id)}`, {}, signal));
  if (model.error) return <Failure error={model.error} />;
  if (model.value === null) return null;
  const evaluation = readEvaluation(model.value.evaluation);
  const losses = readTraining(model.value.trainingMetadata);
  const measures = [...new Set(evaluation.methods.flatMap((method) => Object.keys(method.measures)))];
  return (
    <section>
      <h2>{id}</h2>
      {evaluation.methods.length > 0 && (
        <Scroll label="Held-out scores">
          <table class="plain-table figures">
            <caption>Errors on held-out data, {evaluation.windows} windows; lower is better</caption>
            <thead>
              <tr>
                <th scope="col">Method</th>
                {measures.map((name) => (
                  <th scope="col" key={name}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {evaluation.methods.map((method) => (
                <tr key={method.name}>
                  <th scope="row">{method.name === "model" ? <b>this model</b> : method.name}</th>
                  {measures.map((name) => (
                    <td key={name}>{number(method.measures[name])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {evaluation.coverage.length > 0 && (
        <p>
          Inside the band:{" "}
          {evaluation.coverage
            .map(({ target, nominal, observed }) => `${target} ${percent(observed)} of ${percent(nominal)}`)
            .join(", ")}
          .
        </p>
      )}
      {losses.length > 1 && <Losses losses={losses} />}
      {model.value.hasReport && <ModelReport id={id} />}
      {model.value.modelCard && (
        <details>
          <summary>Model card</summary>
          <pre>{model.value.modelCard}</pre>
        </details>
      )}
      <details>
        <summary>Training metadata</summary>
        <pre>{JSON.stringify(model.value.trainingMetadata, null, 2)}</pre>
      </details>
    </section>
  );
}
