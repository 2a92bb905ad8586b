// Which targets are scraped: the configuration of one, and what it comes to.
import { z } from "zod";
import { headerText } from "../../alert/index.ts";
import { ForewarnError, parseDuration, sha256 } from "../../base/index.ts";
import type { Label } from "../../wire/index.ts";

/** Longest scrape; one of a target that is scraped more often may take as long as the distance. */
const LONGEST_SCRAPE_MS = 10_000;
const SHORTEST_DISTANCE_MS = 1000;
const DEFAULT_JOB = "forewarn";

/** Zod schema of an entry of `receive.scrape`. */
export const scrapeTargetSchema = z.strictObject({
  /** Page of metrics, as http://10.0.0.7:9100/metrics. */
  url: z.url({ protocol: /^https?$/, error: "Expected a URL of http or https" }),
  /** Distance of scrapes. */
  every: z
    .string()
    .regex(/^(\d+(ms|[smhd]))+$/, "Expected a duration such as 30s")
    .default("30s"),
  /** Labels of all its series; `job` is forewarn and `instance` the host and port when they are not named. */
  labels: z.record(z.string().regex(/^(?!__)[a-zA-Z_]\w*$/, "Expected a label name"), z.string().min(1)).default({}),
  /** Value of the Authorization header. */
  authorization: headerText.optional(),
});

/** An entry of `receive.scrape`. */
export type ScrapeTargetConfig = z.output<typeof scrapeTargetSchema>;

/** A target as it is scraped. */
export interface ScrapeTarget {
  url: string;
  authorization: string | undefined;
  /** Host and port, for logs: a URL may hold a secret. */
  name: string;
  labels: readonly Label[];
  everyMs: number;
  timeoutMs: number;
  /** When within each interval it is scraped: the same after every start, and another for every target. */
  phaseMs: number;
}

/**
 * The targets of a configuration.
 * @throws ForewarnError `config_invalid` for a user in a URL, a distance below a second, or two with the same labels.
 */
export function scrapeTargets(entries: readonly ScrapeTargetConfig[]): ScrapeTarget[] {
  const known = new Map<string, number>();
  return entries.map(({ url, every, labels, authorization }, index) => {
    const fail = (key: string, message: string) =>
      new ForewarnError("config_invalid", `receive.scrape[${index}].${key}: ${message}`);
    const { username, password, hostname, port, protocol } = new URL(url);
    if (username !== "" || password !== "")
      throw fail("url", "Expected no user in the URL, got one (use authorization)");
    const everyMs = parseDuration(every, `receive.scrape[${index}].every`);
    if (everyMs < SHORTEST_DISTANCE_MS) throw fail("every", `Expected at least 1s, got ${every}`);
    const name = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
    const all: Label[] = Object.entries({ job: DEFAULT_JOB, instance: name, ...labels });
    const identity = JSON.stringify(all.toSorted());
    const same = known.get(identity);
    if (same !== undefined) throw fail("labels", `Expected other labels than receive.scrape[${same}], got the same`);
    known.set(identity, index);
    const phaseMs = Number.parseInt(sha256(identity).slice(0, 8), 16) % everyMs;
    const timeoutMs = Math.min(everyMs, LONGEST_SCRAPE_MS);
    return { url, authorization, name, labels: all, everyMs, timeoutMs, phaseMs };
  });
}
