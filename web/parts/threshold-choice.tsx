// The threshold: a slider over what is already replayed, and a field for any other number.
import type { ReplayedThreshold } from "../data/types.ts";
import { percent } from "../lib/format.ts";
import { nearestThreshold } from "../lib/replay.ts";

interface Props {
  /** By increasing threshold. */
  curve: readonly ReplayedThreshold[];
  /** In (0, 1). */
  value: number;
  onMove: (probability: number) => void;
}

/** Moving either moves the other. */
export function ThresholdChoice({ curve, value, onMove }: Props) {
  const place = curve.indexOf(nearestThreshold(curve, value)!);
  const slide = (event: Event) => onMove(curve[Number((event.target as HTMLInputElement).value)]!.probability);
  const type = (event: Event) => {
    const typed = Number((event.target as HTMLInputElement).value) / 100;
    if (typed > 0 && typed < 1) onMove(typed);
  };
  return (
    <div class="threshold">
      <label class="choice slider">
        <span>Fires from a probability of</span>
        <input
          type="range"
          min={0}
          max={curve.length - 1}
          step={1}
          value={place}
          aria-valuetext={percent(curve[place]?.probability)}
          onInput={slide}
        />
      </label>
      <label class="choice">
        <span>Percent</span>
        <input
          type="number"
          min={0.01}
          max={99.99}
          step="any"
          value={Number((value * 100).toPrecision(4))}
          onChange={type}
        />
      </label>
    </div>
  );
}
