// The rule as text for the configuration, with a button that copies it.
import { useRef, useState } from "preact/hooks";
import { type DraftRule, ruleYaml } from "../lib/replay.ts";

/** Where copying is not allowed, the text is marked instead. */
export function RuleText({ draft, id, probability }: { draft: DraftRule; id: string; probability: number }) {
  const text = ruleYaml(draft, id, Number(probability.toPrecision(4)));
  const place = useRef<HTMLPreElement>(null);
  const [said, setSaid] = useState("");
  const copy = () => {
    const mark = () => {
      getSelection()?.selectAllChildren(place.current!);
      setSaid("Marked: copy it with the keyboard.");
    };
    if (navigator.clipboard === undefined) mark();
    else navigator.clipboard.writeText(text).then(() => setSaid("Copied."), mark);
  };
  return (
    <div class="rule-text">
      <h3>For the configuration</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without focus the keyboard could not scroll it */}
      <pre ref={place} tabIndex={0}>
        {text}
      </pre>
      <p>
        <button type="button" onClick={copy}>
          Copy as YAML
        </button>{" "}
        <span role="status">{said}</span>
      </p>
      <p class="under">
        Configured rules stand in place of the default ones: keep those that you want beside it, then{" "}
        <code>POST /-/reload</code>.
      </p>
    </div>
  );
}
