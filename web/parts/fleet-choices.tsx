// What the fleet page shows: horizon, rule, grouping, label, search. All of it is in the address.
import { useEffect, useRef } from "preact/hooks";
import type { Snapshot } from "../data/live.ts";
import { choose, parameters } from "../data/route.ts";
import { horizonName } from "../lib/format.ts";
import { RISK_STEPS } from "../lib/risk.ts";
import { Choice, Switch } from "./choice.tsx";

interface Props {
  now: Snapshot;
  horizons: readonly number[];
  horizonMs: number;
  group: string;
}

/** The controls above the map. The key `/` goes to the search. */
export function FleetChoices({ now: { contract }, horizons, horizonMs, group }: Props) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const find = (event: KeyboardEvent) => {
      if (event.key !== "/" || (event.target as Element).matches("input, textarea, select")) return;
      event.preventDefault();
      search.current?.focus();
    };
    addEventListener("keydown", find);
    return () => removeEventListener("keydown", find);
  }, []);
  const chosen = parameters.value;
  const rules = contract.breachRules.map(({ id }) => [id, id] as const);
  const labels = contract.labels.flatMap(({ name, values }) =>
    values.map((value) => [`${name}:${value}`, value] as const),
  );
  const groups = [...contract.labels.map(({ name }) => [name, name] as const), ["none", "nothing"] as const];
  return (
    <div class="choices">
      {horizons.length > 0 && (
        <Switch
          name="horizon"
          label="Breach within"
          value={String(horizonMs)}
          options={horizons.map((ms) => [String(ms), horizonName(ms)] as const)}
        />
      )}
      {rules.length > 1 && (
        <Choice name="rule" label="Rule" value={chosen.get("rule") ?? ""} options={[["", "any"], ...rules]} />
      )}
      {groups.length > 1 && <Choice name="group" label="Group by" value={group} options={groups} />}
      {labels.length > 0 && (
        <Choice
          name="label"
          label="Only"
          value={chosen.get("label") ?? ""}
          options={[["", "all servers"], ...labels]}
        />
      )}
      <label class="choice search">
        <span>Search</span>
        <input
          ref={search}
          type="search"
          value={chosen.get("search") ?? ""}
          onInput={(event) => choose("search", event.currentTarget.value)}
          spellcheck={false}
          aria-keyshortcuts="/"
        />
      </label>
      {horizons.length > 0 && <Legend />}
    </div>
  );
}

function Legend() {
  return (
    <div class="legend" aria-hidden="true">
      <span>0 %</span>
      {Array.from({ length: RISK_STEPS }, (_, step) => (
        <i key={step} data-step={step} />
      ))}
      <span>100 %</span>
    </div>
  );
}
