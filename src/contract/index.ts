// contract: what a fleet's data must look like. The one description that every other room checks against.
export { type BreachSteps, type BreachTrace, breachOnsets, breachRuleSteps, onsetKnownAt } from "./breach.ts";
export { containerContract } from "./container.ts";
export { assertSameContract, type ContractDifference, diffContracts } from "./diff.ts";
export { excludedColumnReason } from "./excluded.ts";
export { fleetContract } from "./fleet.ts";
export { contractHash, contractId, intervalMs } from "./identity.ts";
export {
  detectLegacyForm,
  type LegacyForm,
  type LegacyMigration,
  legacyForms,
  planLegacyMigration,
} from "./legacy.ts";
export { nodeContract } from "./node.ts";
export { parseContract } from "./parse.ts";
export { readContract } from "./read.ts";
export type { BreachRule, Contract, Label, Metric } from "./schema.ts";
export { contractTemplate } from "./template.ts";
export { isInRange, rangeText } from "./value-range.ts";
