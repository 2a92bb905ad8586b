// Samples from senders of other systems: who may send them, when, and what became of them. The routes read the messages
// and word the answers.
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { ForewarnError } from "../../base/index.ts";
import type { ReceiveResult } from "../../receive/index.ts";
import { createLabelCache, type DecodedSamples, describeRejections, type LabelCache } from "../../wire/index.ts";
import type { KeyInfo } from "../keys.ts";
import type { Services } from "../services.ts";
import type { Admit } from "./admission.ts";
import type { BodyLimits } from "./read-body.ts";

/** How the samples of a request are read. */
export interface SampleReading {
  /** Name of the protocol, for metrics. */
  protocol: string;
  /** Reads the body within limits. */
  read(stream: Readable): Promise<Uint8Array>;
  /** Decodes it. */
  decode(bytes: Uint8Array, cache: LabelCache): SampleMessage;
}

/** A decoded message. */
export interface SampleMessage {
  samples: DecodedSamples;
  /** The same samples as remote write 1.0 in snappy, where they came so. */
  body?: Uint8Array;
}

/** What became of the samples of a request. */
export interface TakenSamples {
  /** Samples on stable storage. */
  written: number;
  /** Samples and native histograms that are not; of OTLP the data points of which something is not. */
  refused: number;
  /** Why, one line a reason; empty when everything was taken. */
  text: string;
}

/** Where the routes of senders bring their samples. */
export interface SampleIntake {
  /** What the operator allows of every request. */
  limits: BodyLimits;
  /**
   * Reads the samples of a request and keeps them.
   * @throws ForewarnError `not_found` without a receiver; `forbidden` for a key of certain servers; `not_ready`,
   *   `store_read_only`, `overloaded`; what reading and decoding throw. None of the samples counts as taken then.
   */
  take(request: FastifyRequest, reading: SampleReading): Promise<TakenSamples>;
}

/** Makes the intake of a daemon. */
export function createSampleIntake(services: Services, admit: Admit): SampleIntake {
  const { limits, metrics } = services;
  const cache = createLabelCache();
  const refusedTotal = metrics.counter(
    "forewarn_ingest_samples_refused_total",
    "Samples that were not stored, by protocol and reason.",
  );
  const decodeSeconds = metrics.histogram(
    "forewarn_ingest_decode_seconds",
    "Time to unpack and decode the samples of a request, by protocol.",
    [0.001, 0.005, 0.02, 0.05, 0.1, 0.5],
  );
  return {
    limits,
    async take(request, { protocol, read, decode }) {
      const { receiver } = services;
      if (receiver === null) throw receiverMissing();
      assertUnbound(request.key);
      return admit(async () => {
        const bytes = await read(bodyOf(request));
        const begin = performance.now();
        const { samples, body } = decode(bytes, cache);
        decodeSeconds.observe((performance.now() - begin) / 1000, { protocol });
        const result = samples.series.length === 0 ? NOTHING : await receiver.write(samples, body);
        const taken = takenOf(samples, result);
        for (const { reason, samples: count, histograms } of samples.rejected) {
          refusedTotal.add(count + histograms, { protocol, reason });
        }
        for (const { reason, samples: count } of result.refused) refusedTotal.add(count, { protocol, reason });
        return taken;
      });
    },
  };
}

const NOTHING: ReceiveResult = { written: 0, refused: [], refusedSeries: [] };

function takenOf({ rejected, points }: DecodedSamples, result: ReceiveResult): TakenSamples {
  const { written, refused, refusedSeries } = result;
  const counts = rejected.map((one) => one.samples + one.histograms);
  if (points === undefined) counts.push(...refused.map(({ samples }) => samples));
  else counts.push(new Set(refusedSeries.map((place) => points[place]!).filter((point) => point >= 0)).size);
  const lines = refused.map(({ reason, samples, example }) => `${reason}: ${samples} samples (first: ${example})`);
  return {
    written,
    refused: counts.reduce((sum, count) => sum + count, 0),
    text: [describeRejections(rejected), ...lines].filter((line) => line !== "").join("\n"),
  };
}

/** The stream that was left to the route; a request without body and type has none. */
function bodyOf({ body }: FastifyRequest): Readable {
  return (body as IncomingMessage | undefined) ?? Readable.from([]);
}

function receiverMissing(): ForewarnError {
  return new ForewarnError("not_found", "samples: Expected a mapping that makes rows of them, got none", {
    hint: "set receive.mapping in the configuration of the daemon",
  });
}

/**
 * Which server a sample counts for is known only after the mapping's expressions, which may take the name from any label of
 * any series: a bound key could fill in for servers that are not its own.
 */
function assertUnbound(key: KeyInfo | null): void {
  if (key === null || key.servers === null) return;
  throw new ForewarnError("forbidden", `key ${key.name}: Expected one for all servers, got one for certain servers`, {
    hint: "a key with --servers sends rows only; make one without for samples",
  });
}
