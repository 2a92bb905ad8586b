// What the functions that decode one OTLP body share.
import type { LabelCache } from "../labels/label-cache.ts";
import type { Fault, Rejections } from "../labels/rejections.ts";
import type { WireLimits } from "../limits.ts";
import type { Cursor } from "../protobuf/reader.ts";
import type { SampleColumns } from "../samples.ts";
import type { ResourceLabels } from "./resource.ts";

/** A body while it is decoded. */
export interface OtlpContext {
  readonly cursor: Cursor;
  readonly columns: SampleColumns;
  readonly rejections: Rejections;
  readonly cache: LabelCache;
  readonly limits: WireLimits;
  /** Resources, scopes and metrics so far. */
  groups: number;
}

/** A resource while its metrics are read. */
export interface OtlpResource {
  /** Stands for it in keys of the cache. */
  readonly number: number;
  readonly labels: ResourceLabels | Fault;
}
