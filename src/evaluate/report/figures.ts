// What the sections of the report share: the frame of a section and of a figure, lists, and names.
import { type Child, element, lengthInWords, type Markup } from "../../sheet/index.ts";
import type { Comparison, EvaluationReport, MethodScores } from "../evaluation-report.ts";

/** A section with a heading that the page's contents link to. */
export function section(id: string, title: string, ...content: Child[]): Markup {
  return element("section", { id, "aria-labelledby": `${id}-heading` }, [
    element("h2", { id: `${id}-heading` }, title),
    ...content,
  ]);
}

/** A chart with its name above and what to know about it below. */
export function figure(title: string, aside: string, drawing: Child, ...caption: Child[]): Markup {
  return element(
    "figure",
    {},
    element("div", {}, element("h3", {}, title), element("span", {}, aside)),
    drawing,
    caption.length === 0 ? null : element("figcaption", {}, ...caption),
  );
}

/** Charts beside each other. */
export function cards(figures: readonly Markup[]): Markup {
  return element("div", { class: "cards" }, figures);
}

/** A paragraph. */
export function paragraph(text: string): Markup {
  return element("p", {}, text);
}

/** Sentences as a list; nothing without any. */
export function sentences(lines: readonly string[]): Child {
  if (lines.length === 0) return null;
  return element(
    "ul",
    { class: "told" },
    lines.map((line) => element("li", {}, line)),
  );
}

/** A span of time ahead: "30 min to 1 h". */
export function aheadInWords({ fromMs, toMs }: { fromMs: number; toMs: number }): string {
  return `${fromMs === 0 ? "0" : lengthInWords(fromMs)} to ${lengthInWords(toMs)}`;
}

/** A label and its value. */
export function profileInWords({ label, value }: { label: string; value: string | null }): string {
  return `${label} ${value ?? "(none)"}`;
}

/** A breach rule as its condition; null for one that the report does not describe. */
export function ruleInWords({ breachRules }: EvaluationReport, id: string): string | null {
  const rule = breachRules.find((one) => one.id === id);
  if (rule === undefined) return null;
  const { metric, op, threshold, forMs } = rule;
  return `${metric} ${op} ${threshold}${forMs > 0 ? ` for ${lengthInWords(forMs)}` : ""}`;
}

/** The scores of the model, and of the baseline with the least pinball loss; null for what has none. */
export function contenders({ methods }: Comparison): { model: MethodScores | null; best: MethodScores | null } {
  const [model, ...baselines] = methods;
  const scored = baselines.filter(({ pinball }) => pinball !== null);
  const best = scored.toSorted((a, b) => a.pinball! - b.pinball!)[0];
  return { model: model === undefined || model.pinball === null ? null : model, best: best ?? null };
}

/** Pinball loss of the model / that of the best baseline; null where one is not defined or the baseline is perfect. */
export function ratioToBest(comparison: Comparison): number | null {
  const { model, best } = contenders(comparison);
  return model === null || best === null || best.pinball === 0 ? null : model.pinball! / best.pinball!;
}

/** Whether a baseline has a lower pinball loss than the model. */
export function loses(comparison: Comparison): boolean {
  const { model, best } = contenders(comparison);
  return model !== null && best !== null && best.pinball! < model.pinball!;
}
