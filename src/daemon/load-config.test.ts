import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withDirectory } from "../../test/helpers/tiny-model.ts";
import { ForewarnError } from "../base/index.ts";
import { type LoadedConfig, loadConfig } from "./load-config.ts";
import { configLines } from "./print-config.ts";

const SECRETS = `alerts:
  destinations:
    - { name: ops, kind: webhook, url: "https://example.com/hook", secretFile: SECRET_FILE }
`;

function load(directory: string, yaml: string, rest: Partial<Parameters<typeof loadConfig>[0]> = {}): LoadedConfig {
  const file = join(directory, "config.yaml");
  writeFileSync(file, yaml);
  return loadConfig({ file, environment: {}, flags: [], ...rest });
}

function refusal(body: () => unknown): ForewarnError {
  try {
    body();
  } catch (error) {
    if (error instanceof ForewarnError) return error;
    throw error;
  }
  throw new Error("Expected a refusal");
}

describe("loadConfig", () => {
  test("nothing configured gives the defaults", () => {
    const { config, file, originOf } = loadConfig({ file: null, environment: {}, flags: [] });
    expect(file).toBeNull();
    expect(config.server).toMatchObject({ host: "127.0.0.1", port: 8000 });
    expect(originOf(["server", "port"])).toBe("default");
  });

  test("flag > environment > file > default, each with its origin", () =>
    withDirectory((directory) => {
      const yaml = "server:\n  port: 1\n  host: file\nforecast:\n  threads: 2\n";
      const { config, originOf } = load(directory, yaml, {
        environment: { FOREWARN_SERVER__PORT: "2", FOREWARN_STORE__DATA_DIR: "/data", FOREWARN_SERVER__HOST: "env" },
        flags: [{ path: ["server", "port"], value: 3, origin: "--port" }],
      });
      expect(config.server).toMatchObject({ port: 3, host: "env" });
      expect(config.store.dataDir).toBe("/data");
      expect(config.forecast).toMatchObject({ threads: 2, batchSize: 8 });
      const origins = [
        ["server", "port"],
        ["server", "host"],
        ["forecast", "threads"],
        ["forecast", "batchSize"],
      ];
      expect(origins.map(originOf)).toEqual([
        "--port",
        "FOREWARN_SERVER__HOST",
        `${join(directory, "config.yaml")}:5`,
        "default",
      ]);
    }));

  test("state lies where systemd or the user keeps it", () => {
    const dataDirOf = (environment: Record<string, string>) =>
      loadConfig({ file: null, environment, flags: [] }).config.store.dataDir;
    expect(dataDirOf({})).toBe("var");
    expect(dataDirOf({ HOME: "/home/me" })).toBe("/home/me/.local/share/forewarn");
    expect(dataDirOf({ HOME: "/home/me", XDG_DATA_HOME: "/data" })).toBe("/data/forewarn");
    expect(dataDirOf({ HOME: "/home/me", STATE_DIRECTORY: "/var/lib/forewarn:/other" })).toBe("/var/lib/forewarn");
  });

  test("FOREWARN_CONFIG and the usual places name the file", () =>
    withDirectory((directory) => {
      mkdirSync(join(directory, "forewarn"));
      writeFileSync(join(directory, "forewarn", "config.yaml"), "server: { port: 4 }\n");
      writeFileSync(join(directory, "other.yaml"), "server: { port: 5 }\n");
      const usual = { XDG_CONFIG_HOME: directory };
      expect(loadConfig({ file: null, environment: usual, flags: [] }).config.server.port).toBe(4);
      const named = { ...usual, FOREWARN_CONFIG: join(directory, "other.yaml") };
      expect(loadConfig({ file: null, environment: named, flags: [] }).config.server.port).toBe(5);
    }));

  test("secrets come from files, also below $CREDENTIALS_DIRECTORY, and are not printed", () =>
    withDirectory((directory) => {
      writeFileSync(join(directory, "hook"), "hunter2\n");
      for (const [yaml, environment] of [
        [SECRETS.replace("SECRET_FILE", join(directory, "hook")), {}],
        [SECRETS.replace("SECRET_FILE", "hook"), { CREDENTIALS_DIRECTORY: directory }],
        [
          SECRETS.replace(", secretFile: SECRET_FILE", ""),
          { FOREWARN_ALERTS__DESTINATIONS__0__SECRET_FILE: join(directory, "hook") },
        ],
      ] as const) {
        const loaded = load(directory, yaml, { environment });
        expect(loaded.config.alerts.destinations[0]).toMatchObject({ kind: "webhook", secret: "hunter2" });
        const printed = JSON.stringify(configLines(loaded, true));
        expect(printed).not.toContain("hunter2");
        expect(printed).not.toContain("example.com");
        expect(JSON.stringify(configLines(loaded, false))).toContain("hunter2");
      }
    }));

  test.each([
    ["an unknown key", "server:\n  prot: 1\n", ":2: server.prot: Expected only known keys, got prot"],
    ["an unknown section", "# comment\nsrever:\n  port: 1\n", ":2: srever: Expected only known keys, got srever"],
    ["a wrong type", "server:\n  host: a\n  port: eight\n", ':3: server.port: Expected number, got "eight"'],
    ["out of range", "server: { port: 70000 }\n", ":1: server.port: "],
    ["no duration", "forecast:\n  delay: soon\n", ':2: forecast.delay: Expected a duration such as 5m, got "soon"'],
    ["a list", "- 1\n", "Expected sections such as server:"],
    ["broken YAML", "server: [\n", "Expected YAML, got"],
    ["a value for a section", "server: 5\n", ":1: server: Expected object, got 5"],
    [
      "samples ahead of now for Prometheus",
      "writeBack: { url: 'http://db/api/v1/write', validTime: true }\n",
      ":1: writeBack.validTime: Expected false, because only VictoriaMetrics keeps samples ahead of now, got true",
    ],
    [
      "a header of two lines",
      'writeBack:\n  headers: { X-Scope-OrgID: "a\\nb" }\n',
      ":2: writeBack.headers.X-Scope-OrgID: ",
    ],
    [
      "a target without a mapping",
      "receive:\n  scrape: [{ url: 'http://a:9100/metrics' }]\n",
      ":2: receive.scrape: Expected receive.mapping beside it, which makes rows of what is scraped",
    ],
    [
      "a target that is no page",
      "receive: { mapping: node, scrape: [{ url: 'ftp://key@a/' }] }\n",
      ":1: receive.scrape.0.url: Expected a URL of http or https, got something else",
    ],
    ["a bad rule", "alerts:\n  rules:\n    - id: a\n      when: never\n", "alerts.rules.0"],
  ])("refuses %s with file and line", (_, yaml, message) =>
    withDirectory((directory) => {
      const error = refusal(() => load(directory, yaml));
      expect(error.code).toBe("config_invalid");
      expect(error.message).toContain(`${join(directory, "config.yaml")}`);
      expect(error.message).toContain(message);
    }),
  );

  test.each([
    ["FOREWARN_SERVER__PROT", "1"],
    ["FOREWARN_SERVER__PORT", "many"],
    ["FOREWARN_NOTHING__AT_ALL", "1"],
  ])("refuses %s=%s by its name", (name, value) => {
    const error = refusal(() => loadConfig({ file: null, environment: { [name]: value }, flags: [] }));
    expect(error.code).toBe("config_invalid");
    expect(error.message).toContain(name);
  });

  test("every problem is an issue; secrets are not repeated", () =>
    withDirectory((directory) => {
      const error = refusal(() => load(directory, "server: { port: x, prot: 1 }\nlog: { level: loud }\n"));
      expect(error.issues).toHaveLength(3);
      const secret = SECRETS.replace("secretFile: SECRET_FILE", "secret: [hunter2]");
      expect(JSON.stringify(refusal(() => load(directory, secret)).issues)).not.toContain("hunter2");
    }));

  test("certificates come from a file, and must be some", () =>
    withDirectory((directory) => {
      const file = join(directory, "ca.pem");
      const yaml = `writeBack: { caFile: "${file}" }\nstore: { prometheus: { caFile: "${file}" } }\n`;
      writeFileSync(file, "-----BEGIN CERTIFICATE-----\nx");
      const { writeBack, store } = load(directory, yaml).config;
      expect([writeBack.ca, store.prometheus.ca]).toEqual(new Array(2).fill("-----BEGIN CERTIFICATE-----\nx"));
      writeFileSync(file, "x");
      expect(refusal(() => load(directory, yaml)).issues).toHaveLength(2);
    }));

  test("a file that was named must exist", () => {
    expect(refusal(() => loadConfig({ file: "/nowhere.yaml", environment: {}, flags: [] })).code).toBe("path_missing");
  });
});
