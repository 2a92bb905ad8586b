// Signatures and message ids of webhooks, and the header that says when to come again.
import { describe, expect, it } from "vitest";
import { notification } from "../../../test/support/alerts.ts";
import { parseRetryAfter } from "./post.ts";
import { messageId, signatureHeaders } from "./webhook.ts";

describe("signatures", () => {
  it("are those of Standard Webhooks", () => {
    // The example of the specification; checked with Python's hmac.
    const headers = signatureHeaders(
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      1614265330,
      '{"test": 2432232314}',
    );
    expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  it("have the alert's own id, or one of all alerts of the message", () => {
    const [a, b] = [notification("a", "predicted", 1, 1), notification("b", "predicted", 1, 1)];
    expect(messageId([a])).toBe(a.id);
    expect(messageId([a, b])).toBe(messageId([b, a]));
    expect(messageId([a, b])).not.toBe(a.id);
  });
});

it.each([
  ["7", 7000],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Thu, 01 Jan 2025 00:01:00 GMT", 0],
  ["soon", null],
  [undefined, null],
])("Retry-After %s", (value, expected) => {
  expect(parseRetryAfter(value, Date.UTC(2026, 0, 1))).toBe(expected);
});
