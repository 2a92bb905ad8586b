// Which URLs may be called: HTTP to public addresses, and others only where the configuration allows it. Addresses are
// checked after the name was resolved, and the connection goes to the address that was checked.
import type { LookupAddress, LookupOptions } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { ForewarnError } from "../../base/index.ts";

/** Resolves a host name to all its addresses, as `dns.promises.lookup` does with `all`. */
export type ResolveHost = (host: string) => Promise<LookupAddress[]>;

/** IPv4 that is not public (RFC 6890 and its updates): this network, private, CGNAT, link-local, test, multicast ... */
const NOT_PUBLIC_4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;
/** Only 2000::/3 is public, without Teredo and other special uses, documentation and 6to4. */
const PUBLIC_6 = [["2000::", 3]] as const;
const NOT_PUBLIC_6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;
/** Besides these, ports below 1024 are refused. */
const LOW_PORTS = [80, 443];
/** Of services that could take an HTTP request for commands. */
const OTHER_SERVICES = [6379, 11_211];

const [notPublic4, public6, notPublic6] = [
  blockList(NOT_PUBLIC_4, "ipv4"),
  blockList(PUBLIC_6, "ipv6"),
  blockList(NOT_PUBLIC_6, "ipv6"),
];

/** Whether an IP address is a public one; false for anything that is no address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublic4.check(address, "ipv4");
    case 6:
      return public6.check(address, "ipv6") && !notPublic6.check(address, "ipv6");
    default:
      return false;
  }
}

/**
 * Checks what can be told from a URL alone: its scheme, port, and address if it has one for a host.
 * @throws ForewarnError `target_refused`; the message has the host only, since a URL may hold a secret.
 */
export function checkTarget(name: string, url: string, allowPrivate: boolean): URL {
  const refuse = (expected: string, got: string) =>
    new ForewarnError("target_refused", `destination ${name}: Expected ${expected}, got ${got}`);
  if (!URL.canParse(url)) throw refuse("a URL", "something else");
  const parsed = new URL(url);
  const { protocol, username, password, hostname } = parsed;
  if (protocol !== "http:" && protocol !== "https:") throw refuse("http or https", protocol);
  if (username !== "" || password !== "") throw refuse("no user in the URL", "one (use authorization)");
  const port = Number(parsed.port || (protocol === "https:" ? 443 : 80));
  if ((port < 1024 && !LOW_PORTS.includes(port)) || OTHER_SERVICES.includes(port)) {
    throw refuse("a port of an HTTP service", `${port}`);
  }
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  if (!allowPrivate && isIP(address) !== 0 && !isPublicAddress(address)) throw notPublic(hostname);
  return parsed;
}

/** A lookup for sockets that hands out addresses only when all of them are public, or private ones are allowed. */
export function guardedLookup(resolve: ResolveHost, allowPrivate: boolean): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    const answer = async (): Promise<LookupAddress[]> => {
      const addresses = await resolve(hostname);
      if (addresses.length === 0) throw new Error(`${hostname}: no address`);
      if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) throw notPublic(hostname);
      return addresses;
    };
    answer().then(
      (addresses) => {
        if (options.all) callback(null, addresses);
        else callback(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
}

function notPublic(host: string): ForewarnError {
  return new ForewarnError("target_refused", `${host}: Expected a public address, got a private or special one`, {
    hint: "set allowPrivate for this destination if it is meant",
  });
}

function blockList(subnets: readonly (readonly [string, number])[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family);
  return list;
}
