// What the functions that decode one OTLP body share.
import type { LabelCache } from "../labels/label-cache.ts";
import type { Fault, Rejections } from "../labels/rejections.ts";
import type { WireLimits } from "../limits.ts";
import type { Cursor } from "../protobuf/reader.ts";
import type { DecodedSamples, SampleColumns } from "../samples.ts";
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
  /** See {@link DecodedSamples.points}: of the series so far. */
  readonly points: number[];
}

/** A resource while its metrics are read. */
export interface OtlpResource {
  /** Stands for it in keys of the cache. */
  readonly number: number;
  readonly labels: ResourceLabels | Fault;
}
