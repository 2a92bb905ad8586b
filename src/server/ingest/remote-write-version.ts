// Which version of remote write a media type names: prometheus/docs docs/specs/prw/remote_write_spec_2_0.md, "Protobuf
// Message". The header X-Prometheus-Remote-Write-Version does not count.

const VERSIONS: Readonly<Record<string, 1 | 2>> = {
  "prometheus.WriteRequest": 1,
  "io.prometheus.write.v2.Request": 2,
};

/** The version, 1 without a type; null for a type that is none of remote write. */
export function remoteWriteVersion(contentType: string | undefined): 1 | 2 | null {
  if (contentType === undefined) return 1;
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  if (type.toLowerCase() !== "application/x-protobuf") return null;
  const message = parameters.find((parameter) => /^proto=/i.test(parameter))?.slice("proto=".length);
  if (message === undefined) return 1;
  const name = message.replace(/^"(.*)"$/, "$1");
  return Object.hasOwn(VERSIONS, name) ? VERSIONS[name]! : null;
}
