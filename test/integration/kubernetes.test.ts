// The Kubernetes example fits the program and the image: its flags, ports, probes, paths, users and keys of the
// configuration are those that exist.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { afterAll, expect, it, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { register } from "../../src/cli/commands/serve.ts";
import type { Io } from "../../src/cli/io.ts";
import { dataPaths, loadConfig } from "../../src/daemon/index.ts";
import { parseShard, readMapping } from "../../src/prometheus/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "forewarn-kubernetes-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The one object of a file; a fault of its YAML is an error. */
// biome-ignore lint/suspicious/noExplicitAny: objects of Kubernetes, of which the tests look at some places.
function read(name: string): any {
  const documents = parseAllDocuments(readFileSync(join(root, "deploy", "kubernetes", name), "utf8"), { merge: true });
  expect(documents.map(({ errors, warnings }) => [...errors, ...warnings])).toEqual([[]]);
  return documents[0]!.toJS();
}

const set = read("statefulset.yaml");
const [service, configMap, budget] = [read("service.yaml"), read("configmap.yaml"), read("pod-disruption-budget.yaml")];
const pod = set.spec.template.spec;
const [container] = pod.containers;
const image = readFileSync(join(root, "deploy", "Dockerfile"), "utf8");
writeFileSync(join(folder, "config.yaml"), configMap.data["config.yaml"]);
/** The container's variables in a pod. */
function environmentOf(podName: string): Record<string, string> {
  const named = container.env.map(({ name, value = podName }: { name: string; value?: string }) => [
    name,
    value.replaceAll("$(POD_NAME)", podName),
  ]);
  return Object.fromEntries(named);
}

const environment = environmentOf("forewarn-3");
const { config } = loadConfig({ file: join(folder, "config.yaml"), environment, flags: [] });

test.each([
  [set, "apps/v1", "StatefulSet"],
  [service, "v1", "Service"],
  [configMap, "v1", "ConfigMap"],
  [budget, "policy/v1", "PodDisruptionBudget"],
])("%# is of its kind and of one name", (object, apiVersion, kind) => {
  expect([object.apiVersion, object.kind, object.metadata.name]).toEqual([apiVersion, kind, "forewarn"]);
});

it("each pod takes the shard of its ordinal, by flags that serve has", () => {
  const fake = join(folder, "forewarn");
  writeFileSync(fake, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(fake, 0o755);
  const { SHARDS } = environmentOf("forewarn-0");
  const program = new Command("forewarn");
  register(program, {} as Io);
  const known = program.commands[0]!.options.map(({ long }) => long);
  const shards = Array.from({ length: set.spec.replicas }, (_, ordinal) => {
    const [shell, ...args] = container.command;
    const run = spawnSync(shell, args, {
      env: { SHARDS, HOSTNAME: `forewarn-${ordinal}`, PATH: `${folder}:/usr/bin:/bin` },
      encoding: "utf8",
    });
    const [command, ...given] = run.stdout.trim().split("\n");
    expect([run.status, command]).toEqual([0, "serve"]);
    for (const flag of given.filter((text) => text.startsWith("--"))) expect(known).toContain(flag);
    const mounted = container.volumeMounts.find(({ name }: { name: string }) => name === "config").mountPath;
    expect(given[given.indexOf("--config") + 1]).toBe(`${mounted}/config.yaml`);
    return parseShard(given[given.indexOf("--shard") + 1]!);
  });
  expect(shards).toEqual(Array.from({ length: 4 }, (_, index) => ({ index, count: set.spec.replicas })));
});

it("the configuration is sound, and its ports, paths and limits are those of the objects", () => {
  expect(config.store.kind).toBe("prometheus");
  expect(config.server.externalUrl).toBe(`http://forewarn-3.${service.metadata.name}:${config.server.port}`);
  expect(readMapping(config.store.prometheus.mapping).contract.name).toBe("node");
  expect(container.ports[0].containerPort).toBe(config.server.port);
  expect(service.spec.ports[0]).toMatchObject({ port: config.server.port, targetPort: container.ports[0].name });
  expect(set.spec.template.metadata.annotations["prometheus.io/port"]).toBe(String(config.server.port));
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(25);
  const mounts = new Map(container.volumeMounts.map((one: { name: string }) => [one.name, one]));
  expect(mounts.get("models")).toMatchObject({ mountPath: config.models.directory });
  const dataDir = /STATE_DIRECTORY=(\S+)/.exec(image)![1]!;
  expect(mounts.get("data")).toMatchObject({ mountPath: dataDir });
  expect(pod.initContainers[0].command.at(-1)).toBe(dataPaths(dataDir).keys);
});

it("the probes ask paths that need no key", () => {
  const { paths } = JSON.parse(readFileSync(join(root, "docs", "openapi.json"), "utf8"));
  for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
    const { path, port } = container[probe].httpGet;
    expect(paths[path].get.security ?? []).toEqual([]);
    expect(port).toBe(container.ports[0].name);
  }
});

it("pods are locked down, apart from each other, and found by what selects them", () => {
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: Number(/--uid (\d+)/.exec(image)![1]) });
  for (const { securityContext } of [container, ...pod.initContainers]) {
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  }
  const { labels } = set.spec.template.metadata;
  const [{ podAffinityTerm }] = pod.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  for (const selector of [set.spec.selector, budget.spec.selector, podAffinityTerm.labelSelector]) {
    expect(selector.matchLabels).toEqual(labels);
  }
  expect([service.spec.selector, set.spec.serviceName]).toEqual([labels, service.metadata.name]);
  const volumes = [
    ...pod.volumes,
    ...set.spec.volumeClaimTemplates.map(({ metadata }: { metadata: unknown }) => metadata),
  ];
  const names = new Set(volumes.map(({ name }) => name));
  for (const { volumeMounts } of [container, ...pod.initContainers]) {
    for (const { name } of volumeMounts) expect(names).toContain(name);
  }
  expect(pod.volumes.find(({ name }: { name: string }) => name === "config").configMap.name).toBe(
    configMap.metadata.name,
  );
  expect(container.resources.limits.memory).toBeDefined();
});
