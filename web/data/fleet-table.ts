// The fleet in columns, as GET /fleet/columns gives it: a safetensors file whose numbers are read in place.

/** What rows, columns and codes stand for; src/server/payload/fleet-columns.ts describes it. */
interface FleetHead {
  nowMs: number;
  modelId: string | null;
  issuedAtMs: number | null;
  labels: { name: string; values: string[] }[];
  rules: string[];
  withinMs: number[];
  alertRules: string[];
  refusals: string[];
}

/** All servers in the order of their names; a server is its place in that order. -1 is none. */
export interface FleetTable extends FleetHead {
  names: readonly string[];
  /** In lower case, for the search. */
  searchNames: readonly string[];
  lastSeenMs: Float64Array;
  /** Time of the newest row that the forecast read. */
  dataMs: Float64Array;
  /** `[servers, labels]` */
  labelCodes: Int32Array;
  /** `[servers]` */
  refusal: Int32Array;
  /** `[servers, 2]`: steps of history that are there, and that the model needs. */
  historySteps: Int32Array;
  /** `[servers, alertRules]`: 1 in an incident. */
  incidents: Uint8Array;
  /** `[servers, rules, horizons]`; empty without a model. */
  probabilities: Float32Array;
  nameBytes: Uint8Array;
}

/** Decodes the answer. @param before The table of the tick before: its names are kept when they are the same. */
export function decodeFleet(buffer: ArrayBuffer, before: FleetTable | null): FleetTable {
  const headerBytes = Number(new DataView(buffer).getBigUint64(0, true));
  const read = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
  const header = read(new Uint8Array(buffer, 8, headerBytes));
  // The file puts wide elements first and pads its header, so every column is aligned.
  const place = (name: string, elementBytes: number): [ArrayBuffer, number, number] => {
    const [from, to] = header[name]?.data_offsets ?? [0, 0];
    return [buffer, 8 + headerBytes + from, (to - from) / elementBytes];
  };
  const nameBytes = new Uint8Array(...place("names", 1));
  const areSame = before !== null && isEqual(before.nameBytes, nameBytes);
  const names: readonly string[] = areSame ? before.names : read(nameBytes);
  return {
    ...(JSON.parse(header.__metadata__.head) as FleetHead),
    ...{ names, nameBytes },
    searchNames: areSame ? before.searchNames : names.map((name) => name.toLowerCase()),
    lastSeenMs: new Float64Array(...place("last_seen_ms", 8)),
    dataMs: new Float64Array(...place("data_ms", 8)),
    labelCodes: new Int32Array(...place("labels", 4)),
    refusal: new Int32Array(...place("refusal", 4)),
    historySteps: new Int32Array(...place("history_steps", 4)),
    incidents: new Uint8Array(...place("incidents", 1)),
    probabilities: new Float32Array(...place("probabilities", 4)),
  };
}

/** Values of a server's labels that are known, in the order of the contract. */
export function labelsOf({ labels, labelCodes }: FleetTable, server: number): string[] {
  return labels.flatMap(({ values }, column) => values[labelCodes[server * labels.length + column]!] ?? []);
}

/** Whether any server has a forecast. */
export function hasForecasts({ dataMs }: FleetTable): boolean {
  return dataMs.some((timeMs) => timeMs >= 0);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
