// Samples as remote write messages, for sending forecasts on. Uncompressed; compressSnappy makes the body of a request.
import { createProtobufWriter, type ProtobufWriter } from "../protobuf/writer.ts";
import { type SampleBlock, STALE_HIGH, STALE_LOW } from "../samples.ts";

/** Content types of the two messages. */
export const REMOTE_WRITE_1_TYPE = "application/x-protobuf;proto=prometheus.WriteRequest";
export const REMOTE_WRITE_2_TYPE = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

/** Metric types of remote write 2.0's Metadata. */
export const METRIC_TYPES = { unspecified: 0, counter: 1, gauge: 2, histogram: 3, summary: 5, info: 6 } as const;

/** What the metadata of a series says. */
export interface SeriesMetadata {
  type: (typeof METRIC_TYPES)[keyof typeof METRIC_TYPES];
  help: string;
  unit: string;
}

/** Encodes a prometheus.WriteRequest with one TimeSeries for each series of the block. */
export function encodeRemoteWrite1(block: SampleBlock): Uint8Array<ArrayBuffer> {
  const writer = createProtobufWriter();
  for (const [index, { labels }] of block.series.entries()) {
    writer.message(1, () => {
      for (const [name, value] of labels) {
        writer.message(1, () => {
          writer.text(1, name);
          writer.text(2, value);
        });
      }
      writeSamples(writer, block, index);
    });
  }
  return writer.finish();
}

/**
 * Encodes an io.prometheus.write.v2.Request with one TimeSeries for each series of the block.
 * @param metadataOf What to say about a metric, by its name; without, its type is unspecified.
 */
export function encodeRemoteWrite2(
  block: SampleBlock,
  metadataOf: (metric: string) => SeriesMetadata | undefined = () => undefined,
): Uint8Array<ArrayBuffer> {
  const writer = createProtobufWriter();
  const symbols = new Map<string, number>([["", 0]]);
  const symbol = (text: string): number => {
    const known = symbols.get(text);
    if (known !== undefined) return known;
    symbols.set(text, symbols.size);
    return symbols.size - 1;
  };
  const messages = block.series.map(({ name, labels }) => {
    const metadata = metadataOf(name);
    return {
      references: labels.flatMap((label) => label.map(symbol)),
      metadata: metadata && { type: metadata.type, help: symbol(metadata.help), unit: symbol(metadata.unit) },
    };
  });

  for (const text of symbols.keys()) writer.text(4, text);
  for (const [index, { references, metadata }] of messages.entries()) {
    writer.message(5, () => {
      writer.packed(1, references);
      writeSamples(writer, block, index);
      if (metadata === undefined) return;
      writer.message(5, () => {
        writer.varint(1, metadata.type);
        writer.varint(3, metadata.help);
        writer.varint(4, metadata.unit);
      });
    });
  }
  return writer.finish();
}

function writeSamples(
  writer: ProtobufWriter,
  { starts, timestampsMs, values, stale }: SampleBlock,
  series: number,
): void {
  for (let at = starts[series]!; at < starts[series + 1]!; at++) {
    writer.message(2, () => {
      if (stale[at] === 1) writer.fixed64(1, STALE_LOW, STALE_HIGH);
      else writer.double(1, values[at]!);
      writer.int64(2, timestampsMs[at]!);
    });
  }
}
