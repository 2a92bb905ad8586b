// A probability: its figure with a bar whose length and colour say the same.
import { percent } from "../lib/format.ts";
import { riskStep } from "../lib/risk.ts";

/** A probability in words and colour; below 0 is none. */
export function Risk({ probability }: { probability: number }) {
  if (probability < 0) return <span class="quiet">no forecast</span>;
  return (
    <span class="risk" data-step={riskStep(probability)}>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="8" class="track" />
        <rect width={Math.max(1, probability * 100)} height="8" class="fill" />
      </svg>
      <b>{percent(probability)}</b>
    </span>
  );
}
