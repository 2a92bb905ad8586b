// Why the forecast is what it is: how the model weighed its inputs, and where in the past it looked.
import type { ApiError } from "../data/api.ts";
import type { Explanation, WeighedVariable } from "../data/types.ts";
import { halfOf, variableText } from "../lib/explain.ts";
import { horizonName, percent } from "../lib/format.ts";
import { Switch } from "./choice.tsx";
import { Age, Time } from "./time.tsx";

const SHOWN = 5;

interface Props {
  explanation: Explanation | null;
  error: ApiError | null;
  /** The horizon whose attention is shown; undefined when none is. */
  horizon: Explanation["attention"]["horizons"][number] | undefined;
}

/** Ranked inputs, and the attention in words; the charts draw it. */
export function Why({ explanation, error, horizon }: Props) {
  if (explanation === null) {
    return error && <p class="under">This forecast is not explained at present: {error.message}</p>;
  }
  const { attention, modelId, issuedAt, dataAt, isExact } = explanation;
  const options = attention.horizons.map(({ withinMs }) => [String(withinMs), horizonName(withinMs)] as const);
  return (
    <section class="why">
      <h2>Why this forecast</h2>
      <p class="under">
        Read from model {modelId} as it made the forecast of <Time at={issuedAt} />, from data <Age at={dataAt} /> old:
        how much each input counted, and where in the past it looked. Shares of each list sum to 100 %.
        {!isExact && " Rows came late since then: this is what it looks at with them."}
      </p>
      <div class="columns">
        <Weights title="What was measured, and when" variables={explanation.past} />
        <Weights title="What is known ahead" variables={explanation.future} />
        <Weights title="What it knows of the server" variables={explanation.static} />
      </div>
      <Switch
        name="look"
        label="Where it looked to forecast this far ahead"
        value={horizon ? String(horizon.withinMs) : "none"}
        options={[...options, ["none", "Hide"]]}
      />
      {horizon && <Look attention={attention} horizon={horizon} />}
    </section>
  );
}

function Look({ attention, horizon }: { attention: Explanation["attention"]; horizon: NonNullable<Props["horizon"]> }) {
  const { startAt, spanMs } = attention;
  const [first, end] = halfOf(horizon.past).map((span) => Date.parse(startAt) + span * spanMs);
  return (
    <p>
      {percent(1 - horizon.future)} of its attention goes to the past; half of that lies between <Time at={first} /> and{" "}
      <Time at={end} />. {percent(horizon.future)} goes to what is known ahead. The bars at the foot of the charts show
      it.
    </p>
  );
}

function Weights({ title, variables }: { title: string; variables: readonly WeighedVariable[] }) {
  const rest = variables.slice(SHOWN);
  const most = variables[0]?.share ?? 1;
  return (
    <div>
      <h3>{title}</h3>
      <ol class="weights">
        {variables.slice(0, SHOWN).map(({ share, ...variable }) => (
          <li key={variable.variable}>
            <span>{variableText(variable)}</span>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect width={(share / most) * 100} height="8" />
            </svg>
            <b>{percent(share)}</b>
          </li>
        ))}
      </ol>
      {rest.length > 0 && (
        <small>
          {rest.length} more: {percent(rest.reduce((sum, { share }) => sum + share, 0))}
        </small>
      )}
    </div>
  );
}
