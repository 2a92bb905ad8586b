// simulate: a synthetic fleet under fleet/4.0 whose incidents can be foreseen, and some that cannot. Pure and seeded;
// the truth is kept apart from the rows.
export { createFleet, type FleetOptions, type Script, type SimulatedFleet } from "./create-fleet.ts";
export type { DeliveryFaults } from "./delivery/delivery.ts";
export { createHttpSink, type HttpSinkOptions } from "./live/http-sink.ts";
export { continueDataSet, type LivePlan, planLive } from "./live/plan.ts";
export { emptySummary, type LiveOptions, type LiveSummary, type LiveWorld, runLive } from "./live/run-live.ts";
export { createStoryteller, type Storyteller, type ToldIncident, type ToldStory } from "./live/storyteller.ts";
export { contractFor, FIRST_MONDAY_MS, type SimulationOptions } from "./options.ts";
export { type FleetPlot, plotFleet } from "./plot/plot-fleet.ts";
export { checkScenario, SCENARIOS, type ScenarioName } from "./scenarios/scenarios.ts";
export { type Phase, phaseAt } from "./scenarios/story.ts";
export type { SimulatedServer } from "./server/simulated-server.ts";
export { type CsvSummary, simulateToCsv } from "./to-csv.ts";
export { simulateToDataSet } from "./to-data-set.ts";
