// Small controls that are bound to the address.
import { choose } from "../data/route.ts";

/** A list whose choice is the parameter `name`; the first option is the default, and left out unless it `isKept`. */
export function Choice(props: {
  name: string;
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  isKept?: boolean;
}) {
  const { name, label, value, options, isKept = false } = props;
  const pick = (event: Event) => {
    const picked = (event.target as HTMLSelectElement).value;
    choose(name, picked === options[0]?.[0] && !isKept ? undefined : picked);
  };
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={pick}>
        {options.map(([option, title]) => (
          <option key={option} value={option}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A row of buttons of which one is pressed. */
export function Switch(props: {
  name: string;
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
}) {
  const { name, label, value, options } = props;
  return (
    <fieldset class="switch">
      <legend>{label}</legend>
      {options.map(([option, title]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => choose(name, option)}>
          {title}
        </button>
      ))}
    </fieldset>
  );
}
