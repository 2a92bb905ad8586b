// Labels of a resource: service.namespace/service.name is the job, service.instance.id or else host.name the instance;
// what is promoted becomes a label of every series, the rest one of target_info.
import type { Label } from "../labels/label-set.ts";
import { type Fault, REASONS } from "../labels/rejections.ts";
import type { WireLimits } from "../limits.ts";
import { type Cursor, tag, WIRE } from "../protobuf/reader.ts";
import { readAttributes } from "./attributes.ts";
import { labelName } from "./names.ts";

const ATTRIBUTES = tag(1, WIRE.bytes);
/** Kubernetes resources carry some fifty. */
const MOST_ATTRIBUTES = 256;
const MOST_BYTES = 64 * 1024;
/** Attributes that are the job and the instance, and so not in target_info. */
const IDENTIFYING = new Set(["service.name", "service.namespace", "service.instance.id"]);

/** What the points of a resource have in common. */
export interface ResourceLabels {
  /** `job` and `instance`, as far as they are known. */
  readonly identity: readonly Label[];
  /** Promoted attributes, under their translated names. */
  readonly promoted: readonly Label[];
  /** All other attributes, translated, for target_info. */
  readonly info: readonly Label[];
}

/**
 * Reads a Resource message {attributes = 1}.
 * @param promote Attributes that become labels of every series, by their OTLP names.
 */
export function readResource(
  cursor: Cursor,
  start: number,
  end: number,
  promote: readonly string[],
  limits: WireLimits,
): ResourceLabels | Fault {
  if (end - start > MOST_BYTES) return { reason: REASONS.labelLimit, detail: `a resource of ${end - start} bytes` };
  const attributes = readAttributes(cursor, ATTRIBUTES, start, end, MOST_ATTRIBUTES, limits);
  if ("reason" in attributes) return attributes;
  const valueFor = (key: string): string | undefined => attributes.find(([name]) => name === key)?.[1] || undefined;
  const service = valueFor("service.name");
  const namespace = valueFor("service.namespace");
  const job = service !== undefined && namespace !== undefined ? `${namespace}/${service}` : service;
  const instance = valueFor("service.instance.id") ?? valueFor("host.name");
  return {
    identity: [
      ...(job === undefined ? [] : [["job", job] as const]),
      ...(instance === undefined ? [] : [["instance", instance] as const]),
    ],
    promoted: translateAttributes(attributes.filter(([name]) => promote.includes(name))),
    info: translateAttributes(attributes.filter(([name]) => !IDENTIFYING.has(name) && !promote.includes(name))),
  };
}

/**
 * Attributes as labels: names translated; of attributes whose names become the same, values are joined by semicolons in
 * the order of their keys, as in Prometheus. Empty values are no labels, and names of which nothing is left are dropped.
 */
export function translateAttributes(attributes: readonly Label[]): Label[] {
  const labels = new Map<string, string>();
  for (const [key, value] of attributes.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))) {
    const name = value === "" ? null : labelName(key);
    if (name === null) continue;
    const earlier = labels.get(name);
    labels.set(name, earlier === undefined ? value : `${earlier};${value}`);
  }
  return [...labels];
}
