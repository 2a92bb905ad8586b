// What is live: the fleet as of the last tick, and the connection that says when there is a new one.
import { effect, signal } from "@preact/signals";
import { ApiError, apiKey, apiUrl, get, request } from "./api.ts";
import { follow } from "./clock.ts";
import { decodeFleet, type FleetTable } from "./fleet-table.ts";
import { listen, type StreamEvent } from "./stream.ts";
import type { Alert, Contract, Fleet, Page, Status } from "./types.ts";

/** All that the fleet page shows, read at one time. */
export interface Snapshot {
  fleet: Fleet;
  status: Status;
  contract: Contract;
  servers: FleetTable;
  /** All but inactive ones. */
  alerts: Alert[];
}

/** The newest snapshot; null before the first. */
export const snapshot = signal<Snapshot | null>(null);
/** Why the last attempt to read it failed; the snapshot before it stays. */
export const failure = signal<ApiError | null>(null);
/** Null while events come; otherwise why not and when the next attempt is. */
export const lost = signal<{ error: ApiError; retryAtMs: number } | null>(null);
/** Grows with every tick: what depends on it reads anew. */
export const ticks = signal(0);
/** Grows with every change of an alert or a score. */
export const changes = signal(0);

const MOST_ALERTS = 1000;
/** Events of one tick come together. */
const GATHER_MS = 30;
/** In case an event was lost. */
const LONGEST_MS = 60_000;

let contract: Contract | null = null;

/** Reads the snapshot. */
async function refresh(abort: AbortSignal): Promise<void> {
  try {
    const [known, fleet, status, alerts, columns] = await Promise.all([
      contract ?? get<{ contract: Contract }>("contract", {}, abort).then((answer) => answer.contract),
      get<Fleet>("fleet", {}, abort),
      get<Status>("status", {}, abort),
      get<Page<Alert>>("alerts", { limit: MOST_ALERTS }, abort),
      request(apiUrl("fleet/columns"), { signal: abort }).then((answer) => answer.arrayBuffer()),
    ]);
    if (abort.aborted) return;
    contract = known;
    const servers = decodeFleet(columns, snapshot.peek()?.servers ?? null);
    follow(servers.nowMs, status);
    snapshot.value = { fleet, status, contract, servers, alerts: alerts.items };
    failure.value = null;
  } catch (error) {
    if (abort.aborted) return;
    failure.value = error instanceof ApiError ? error : new ApiError("page_fault", 0, String(error));
  }
}

/** Starts to follow the daemon; with another key it starts anew. */
export function startLive(): void {
  let stop = new AbortController();
  let reading = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  const readSoon = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      reading.abort();
      reading = new AbortController();
      ticks.value++;
      void refresh(reading.signal);
      readSoon(LONGEST_MS);
    }, ms);
  };
  effect(() => {
    if (changes.value > 0) void readAlerts(reading.signal);
  });
  effect(() => {
    apiKey.value;
    stop.abort();
    stop = new AbortController();
    readSoon(0);
    const onState = (state: typeof lost.value) => {
      // What came meanwhile is replayed, but what the last attempt failed to read is not.
      if (state === null && lost.value !== null) readSoon(GATHER_MS);
      lost.value = state;
    };
    const onEvent = ({ type, data }: StreamEvent) => {
      if (type === "alert" || type === "score") changes.value++;
      else if (type !== "status" || hasOtherModel(data)) readSoon(GATHER_MS);
    };
    void listen({ onEvent, onState }, stop.signal);
  });
}

/** Reads the alerts alone, when one has changed. */
async function readAlerts(abort: AbortSignal): Promise<void> {
  const alerts = await get<Page<Alert>>("alerts", { limit: MOST_ALERTS }, abort).catch(() => null);
  // Whatever keeps them from being read keeps the next snapshot, too, which then says so.
  if (alerts !== null && !abort.aborted && snapshot.value !== null) {
    snapshot.value = { ...snapshot.value, alerts: alerts.items };
  }
}

/** Every connection begins with the status; what was missed comes after it. */
function hasOtherModel(status: string): boolean {
  if (snapshot.value === null) return failure.value !== null;
  return JSON.parse(status).modelId !== (snapshot.value.fleet.model?.modelId ?? null);
}
