// Numbers as Prometheus writes them.

/** A sample value of the HTTP API: "NaN", "+Inf", "-Inf", exponents below 1e-6 and from 1e21 on, of two digits or more. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const text = String(value);
  return text.includes("e") ? text.replace(/e([+-])(\d)$/, "e$10$2") : text;
}

/** A value as a label, as count_values writes it: never with an exponent. */
export function formatLabelValue(value: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  const text = formatValue(value);
  const found = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (found === null) return text;
  const [, sign, whole, fraction = "", exponent] = found;
  const digits = `${whole}${fraction}`;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}

function formatSpecial(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}
