// The newest alerts that a threshold would have raised, and the incidents that it would have missed.
import { linkTo } from "../data/route.ts";
import type { Replay } from "../data/types.ts";
import { duration, percent } from "../lib/format.ts";
import { OUTCOMES } from "../lib/outcomes.ts";
import { HeadRow } from "./head-row.tsx";
import { Scroll } from "./scroll.tsx";
import { Time } from "./time.tsx";

/** A table with links; it follows the threshold with a short delay and says which one it is of. */
export function ReplayExamples({ chosen, probability }: { chosen: Replay["chosen"]; probability: number }) {
  if (chosen === null) return null;
  const isBehind = Math.abs(chosen.probability - probability) > 1e-9;
  return (
    <div aria-busy={isBehind}>
      <h3>Examples from {percent(chosen.probability)} on</h3>
      {chosen.examples.length === 0 && (
        <p class="under">
          {chosen.open > 0
            ? "All that it would have raised is still open."
            : "It would have raised and missed nothing."}
        </p>
      )}
      {chosen.examples.length > 0 && (
        <Scroll label="Examples of alerts">
          <table class="plain-table">
            <HeadRow titles={["Server", "Outcome", "Alert", "Incident began", "Lead time"]} />
            <tbody>
              {chosen.examples.map(({ server, outcome, openedAt, onsetAt, leadMs }) => (
                <tr key={`${server} ${openedAt} ${onsetAt}`}>
                  <th scope="row">
                    <a href={linkTo(["servers", server])}>{server}</a>
                  </th>
                  <td>{OUTCOMES[outcome].title}</td>
                  <td>
                    <Time at={openedAt} />
                  </td>
                  <td>
                    <Time at={onsetAt} />
                  </td>
                  <td>{duration(leadMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </div>
  );
}
