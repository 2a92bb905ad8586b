// The colours of risk in the present look, for canvases.
import { RISK_STEPS } from "./risk.ts";

/** The scale's colours in the present theme, and that of a server without a forecast, for canvases. */
export function riskColours(element: Element): { steps: string[]; unknown: string; ink: string } {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const steps = Array.from({ length: RISK_STEPS }, (_, step) => colour(`--risk-${step}`));
  return { steps, unknown: colour("--unknown"), ink: colour("--ink") };
}
