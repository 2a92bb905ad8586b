import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { Io } from "./io.ts";
import { openPrometheus, type PrometheusFlags, untilInterrupted } from "./prometheus-flags.ts";

const folder = mkdtempSync(join(tmpdir(), "forewarn-credentials-"));
const seen: IncomingHttpHeaders[] = [];
const server = createServer((request, response) => {
  seen.push(request.headers);
  response.end('{"status":"success","data":[]}');
});
const io = { stderr: () => {}, now: () => 0 } as unknown as Io;
const secretFile = join(folder, "secret");

beforeAll(async () => {
  writeFileSync(secretFile, "s3cret\n");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function headersOf(flags: PrometheusFlags): Promise<IncomingHttpHeaders> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const client = await openPrometheus(url, "--url", flags, io, new AbortController().signal);
  await client.labelNames(0, 1);
  return seen.at(-1)!;
}

it("credentials come from files and the environment, and a user has a password", async () => {
  const basic = `Basic ${Buffer.from("ann:s3cret").toString("base64")}`;
  expect(await headersOf({ header: ["X-Scope-OrgID: team"] })).toMatchObject({ "x-scope-orgid": "team" });
  expect((await headersOf({})).authorization).toBeUndefined();
  expect((await headersOf({ tokenFile: secretFile })).authorization).toBe("Bearer s3cret");
  vi.stubEnv("FOREWARN_PROMETHEUS_PASSWORD_FILE", secretFile);
  expect((await headersOf({ user: "ann" })).authorization).toBe(basic);
  vi.stubEnv("FOREWARN_PROMETHEUS_TOKEN", "token");
  expect((await headersOf({})).authorization).toBe("Bearer token");
  await expect(headersOf({ user: "ann", tokenFile: secretFile })).rejects.toMatchObject({ code: "usage_invalid" });
  await expect(headersOf({ tokenFile: join(folder, "none") })).rejects.toMatchObject({ code: "path_missing" });
});

it("Ctrl-C is the error, not what it broke off", async () => {
  const stopped = untilInterrupted(async (signal) => {
    process.emit("SIGINT");
    expect(signal.aborted).toBe(true);
    throw new Error("a pause that was cut short");
  });
  await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
});
