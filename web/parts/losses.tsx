// The training curve: loss on training and validation data after every epoch.
import { number } from "../lib/format.ts";
import type { EpochLoss } from "../lib/model-documents.ts";

const [WIDTH, HEIGHT] = [360, 100];

/** Solid: training. Dashed: validation. */
export function Losses({ losses }: { losses: readonly EpochLoss[] }) {
  const all = losses.flatMap(({ train, validation }) => [train, validation]);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const line = (lossOf: (loss: EpochLoss) => number) =>
    losses
      .map((loss, at) => {
        const x = (at / (losses.length - 1)) * WIDTH;
        const y = HEIGHT - ((lossOf(loss) - least) / (most - least || 1)) * HEIGHT;
        return `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      })
      .join("");
  const last = losses.at(-1)!;
  const text = `Loss after ${losses.length} epochs: training ${number(last.train)} (solid), validation ${number(last.validation)} (dashed)`;
  return (
    <figure class="losses">
      <figcaption>{text}</figcaption>
      <svg viewBox={`-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`} role="img" aria-label={text}>
        <path class="grid" d={`M0 0H${WIDTH}M0 ${HEIGHT}H${WIDTH}`} />
        <path class="past" d={line(({ train }) => train)} />
        <path class="past dashed" d={line(({ validation }) => validation)} />
      </svg>
    </figure>
  );
}
