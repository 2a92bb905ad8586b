// "Would have fired": an alert rule with another threshold, on the forecasts that are stored. The curve over thresholds is
// read once, so that moving along it needs no answer; what a threshold does exactly follows.
import { useEffect, useState } from "preact/hooks";
import { get } from "../data/api.ts";
import type { Snapshot } from "../data/live.ts";
import { useResource } from "../data/resource.ts";
import { choose, parameters } from "../data/route.ts";
import type { Replay } from "../data/types.ts";
import { horizonName } from "../lib/format.ts";
import { type DraftRule, durationMs, durationText, exactThreshold, nearestThreshold } from "../lib/replay.ts";
import { Choice } from "./choice.tsx";
import { Failure } from "./notice.tsx";
import { ReplayBasis } from "./replay-basis.tsx";
import { ReplayExamples } from "./replay-examples.tsx";
import { ReplayScoresTable } from "./replay-scores.tsx";
import { RuleText } from "./rule-text.tsx";
import { ThresholdChoice } from "./threshold-choice.tsx";
import { ThresholdCurve } from "./threshold-curve.tsx";

const HOLDS = ["0m", "5m", "10m", "15m", "30m", "1h"];
const CLEARS = ["0.6", "0.4", "0.5", "0.7", "0.8", "0.9"];
const CLEAR_FORS = ["15m", "5m", "30m", "1h", "2h"];
const SPANS = ["7d", "1d", "3d", "14d", "30d"];
/** After the last move. */
const SETTLE_MS = 120;
/** Read again so often, on the daemon's clock. */
const RENEW_MS = 30 * 60_000;

/** The editor; what is chosen in it is in the address. */
export function RuleEditor({ now }: { now: Snapshot }) {
  const rules = now.contract.breachRules.map(({ id }) => id);
  if (rules.length === 0) return null;
  const isOpen = parameters.value.has("try");
  return (
    <section class="editor">
      <h2>Would have fired</h2>
      {isOpen ? (
        <Editor now={now} rules={rules} />
      ) : (
        <p>
          How would another threshold have done on the forecasts that are stored?{" "}
          <button type="button" onClick={() => choose("try", rules[0])}>
            Try one
          </button>
        </p>
      )}
    </section>
  );
}

function Editor({ now, rules }: { now: Snapshot; rules: readonly string[] }) {
  const chosen = parameters.value;
  const one = (name: string, standard: string) => chosen.get(name) ?? standard;
  const rule = rules.find((id) => id === chosen.get("try")) ?? rules[0]!;
  const horizons = now.servers.withinMs.map(durationText).reverse();
  const draft: DraftRule = {
    ...{ rule, within: one("within", horizons[0] ?? "8h"), hold: one("hold", HOLDS[0]!) },
    ...{ clear: Number(one("clear", CLEARS[0]!)), clearFor: one("clearFor", CLEAR_FORS[0]!) },
  };
  const span = one("span", SPANS[0]!);
  const settled = Number(chosen.get("p")) / 100;
  const renewed = Math.floor(Date.parse(now.fleet.tick?.issuedAt ?? "0") / RENEW_MS);
  const question = JSON.stringify([draft, span]);
  const replay = useResource(question, `${settled} ${renewed}`, (signal) =>
    get<Replay>("alerts/replay", { ...queryOf(draft), span, probability: settled || undefined }, signal),
  );
  return (
    <>
      <div class="choices">
        <Choice name="try" label="Breach rule" value={rule} options={rules.map((id) => [id, id] as const)} isKept />
        <Times name="within" label="Within" value={draft.within} options={horizons} />
        <Times name="hold" label="Must hold for" value={draft.hold} options={HOLDS} none="nothing: at once" />
        <Choice
          name="clear"
          label="Goes off below"
          value={String(draft.clear)}
          options={CLEARS.map((share) => [share, `${Math.round(Number(share) * 100)} % of it`] as const)}
        />
        <Times name="clearFor" label="for" value={draft.clearFor} options={CLEAR_FORS} />
        <Choice
          name="span"
          label="On forecasts of the last"
          value={span}
          options={SPANS.map((days) => [days, days.replace("d", " d")] as const)}
        />
        <button type="button" onClick={() => choose("try", undefined)}>
          Close
        </button>
      </div>
      {replay.error && <Failure error={replay.error} />}
      {replay.value === null && replay.error === null && (
        <p class="loading" role="status">
          Reading stored forecasts; of a large fleet this takes some seconds, once.
        </p>
      )}
      {replay.value && <Replayed replay={replay.value} draft={draft} settled={settled} />}
    </>
  );
}

function Replayed({ replay, draft, settled }: { replay: Replay; draft: DraftRule; settled: number }) {
  const own = replay.inForce.find(({ withinMs }) => withinMs === durationMs(draft.within)) ?? replay.inForce[0];
  const start = settled || own?.probability || 0.5;
  const [moved, setMoved] = useState(start);
  useEffect(() => setMoved(start), [start]);
  useEffect(() => {
    if (moved === settled) return;
    const timer = setTimeout(() => choose("p", String(Number((moved * 100).toPrecision(6)))), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [moved]);
  const shown = exactThreshold(replay, moved) ?? nearestThreshold(replay.curve, moved);
  return (
    <>
      <ReplayBasis replay={replay} />
      {shown && (
        <>
          <ThresholdChoice curve={replay.curve} value={moved} onMove={setMoved} />
          <div class="columns">
            <ReplayScoresTable shown={shown} inForce={replay.inForce} />
            <ThresholdCurve curve={replay.curve} chosen={shown.probability} inForce={own?.probability ?? null} />
          </div>
          <ReplayExamples chosen={replay.chosen} probability={moved} />
          <RuleText draft={draft} id={own?.id ?? `${draft.rule}_soon`} probability={moved} />
        </>
      )}
    </>
  );
}

function queryOf({ rule, within, hold, clear, clearFor }: DraftRule) {
  return { rule, within, clear, clearFor, ...(hold !== "0m" && { for: hold }) };
}

/** Lengths of time to choose from; the first is the default. */
function Times(props: { name: string; label: string; value: string; options: readonly string[]; none?: string }) {
  const { none = "", ...rest } = props;
  const options = props.options.map((text) => [text, text === "0m" ? none : horizonName(durationMs(text))] as const);
  return <Choice {...rest} options={options} />;
}
