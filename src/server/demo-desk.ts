// The simulated feed of `forewarn demo` as the HTTP server sees it. What it plans is the truth: forecasts never see it.

/** See {@link Services.demo}. */
export interface DemoDesk {
  /** Simulated time per real time. */
  speed: number;
  /** A prediction is useful when its incident comes at least this much later. */
  usefulLeadMs: number;
  /** Names of the stories that can be told. */
  scenarios: readonly string[];
  story(): DemoStory;
  /** Begins another story at the next instant of the feed. @throws ForewarnError `usage_invalid` for an unknown name. */
  tell(scenario: string): DemoStory;
}

/** A story as it is planned; times are simulated. */
export interface DemoStory {
  scenario: string;
  startMs: number;
  endMs: number;
  /** In the order in which they begin. */
  incidents: readonly DemoIncident[];
}

/** One incident of a story. */
export interface DemoIncident {
  server: string;
  /** Breach rule that it breaks; null when the server goes down instead. */
  rule: string | null;
  /** What one would see, such as "the disk is filling". */
  sign: string;
  cause: string;
  /** Whether anything announces it. */
  isForeseeable: boolean;
  /** Whether it breaches, fades by itself, or is repaired before it does. */
  course: "breaches" | "recovers" | "repaired";
  /** First sign, height, and when the cause is gone. */
  startMs: number;
  peakMs: number;
  endMs: number;
}
