// What must never be called, in every spelling that a URL parser or a resolver may turn into it.
import type { LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import { checkTarget, guardedLookup, isPublicAddress } from "./target.ts";

const NOT_PUBLIC = [
  ...["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"],
  ...["172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "224.0.0.1"],
  ...["240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1"],
  ...["64:ff9b::7f00:1", "2001::1", "2001:db8::1", "2002:7f00:1::", "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1"],
  ...["", "localhost", "1.2.3"],
];

it.each(NOT_PUBLIC)("%s is not public", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it.each(["8.8.8.8", "172.15.255.255", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])(
  "%s is public",
  (address) => expect(isPublicAddress(address)).toBe(true),
);

describe("URLs that are refused without a look-up", () => {
  it.each([
    ...["http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://0/"],
    ...[
      "http://\uff11\uff12\uff17.0.0.1/",
      "http://\u2460\u2461\u2466.0.0.1/",
      "http:\\\\127.0.0.1\\",
      "http://127.0.0.1./",
    ],
    ...["http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[fe80::1]/"],
    ...["http://a@127.0.0.1:80#@x", "http://user:secret@example.com/", "http://169.254.169.254/latest/meta-data"],
    ...[
      "file:///etc/passwd",
      "gopher://example.com/",
      "ftp://example.com/",
      "data:,x",
      "unix:/run/x",
      "example.com",
      "",
    ],
    ...["http://example.com:0/", "http://example.com:22/", "http://example.com:6379/", "http://example.com:65536/"],
  ])("%s", (url) => {
    expect(() => checkTarget("hook", url, false)).toThrow(/Expected/);
    expect(() => checkTarget("hook", url, false)).not.toThrow(/secret/);
  });
});

it("takes public targets, and private ones where allowed", () => {
  expect(checkTarget("hook", "https://example.com/x", false).hostname).toBe("example.com");
  expect(checkTarget("hook", "http://127.0.0.1:9093/", true).port).toBe("9093");
});

describe("resolved addresses", () => {
  const look = (addresses: string[], allowPrivate: boolean, all: boolean) =>
    new Promise((resolve, reject) => {
      const answers = addresses.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 }));
      guardedLookup(async () => answers, allowPrivate)("host", { all }, (error, answer) => {
        if (error) reject(error);
        else resolve(answer);
      });
    });

  it("must all be public", async () => {
    await expect(look(["8.8.8.8", "127.0.0.1"], false, true)).rejects.toMatchObject({ code: "target_refused" });
    await expect(look(["::1"], false, false)).rejects.toMatchObject({ code: "target_refused" });
    await expect(look([], true, false)).rejects.toThrow("no address");
  });

  it("are handed out as checked", async () => {
    expect(await look(["8.8.8.8", "9.9.9.9"], false, false)).toBe("8.8.8.8");
    expect(await look(["10.0.0.1"], true, true)).toEqual([{ address: "10.0.0.1", family: 4 }]);
  });
});
