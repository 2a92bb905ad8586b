// Credentials as the Authorization header.
import { ForewarnError } from "../../base/index.ts";

/** Who asks; a token wins nothing over a user: only one may be given. */
export interface Credentials {
  token?: string;
  user?: string;
  password?: string;
}

/**
 * The value of the Authorization header, or null without credentials.
 * @throws ForewarnError `usage_invalid` for both kinds, half of one, or a secret that no header can carry.
 */
export function authorizationHeader({ token, user, password }: Credentials): string | null {
  if (token !== undefined && user !== undefined) throw unusable("either a token or a user", "both");
  if ((user === undefined) !== (password === undefined)) {
    throw unusable("user and password together", user === undefined ? "only a password" : "only a user");
  }
  if (user?.includes(":")) throw unusable("a user name without a colon", "one with a colon");
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw unusable("a token of printable ASCII", "an empty one, or other characters");
  }
  if (token !== undefined) return `Bearer ${token}`;
  return user === undefined ? null : `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

function unusable(expected: string, got: string): ForewarnError {
  return new ForewarnError("usage_invalid", `credentials: Expected ${expected}, got ${got}`, {
    hint: "--token-file or FOREWARN_PROMETHEUS_TOKEN; --user with FOREWARN_PROMETHEUS_PASSWORD or its _FILE",
  });
}
