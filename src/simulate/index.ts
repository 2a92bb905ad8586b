// simulate: a synthetic fleet whose servers follow daily load and slow leaks that end in a breach. Pure and seeded.
export { type PlannedServer, type ProfileName, planFleet } from "./fleet.ts";
export { FIRST_MONDAY_MS, type RowChunk, type SimulationOptions, simulateFleet } from "./simulate.ts";
export { simulateToDataSet } from "./to-data-set.ts";
