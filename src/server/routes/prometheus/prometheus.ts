// Prometheus' HTTP API for reading, below a base path as Mimir has it, because /api/v1/alerts is ours: data sources that
// are told the URL .../prometheus find everything where they look for it.
import { z } from "zod";
import type { ApiServer } from "../../api-server.ts";
import type { Services } from "../../services.ts";
import { answerError, enveloped, sendData } from "./envelope.ts";
import { parseForms } from "./form.ts";
import { registerLabels } from "./labels.ts";
import { registerQueries } from "./queries.ts";
import { registerRules } from "./rules.ts";

/** What stands before the paths of Prometheus. */
const PREFIX = "/prometheus/api/v1";

/**
 * Clients conclude from the version what a server can do. It is that of a Prometheus whose reading API this one is like,
 * and there is no `features`, by which Grafana would take it for Mimir.
 */
const BUILD_INFO = {
  version: "2.53.0",
  revision: "forewarn",
  branch: "HEAD",
  buildUser: "",
  buildDate: "",
  goVersion: "",
};

/** Registers the routes. */
export async function registerPrometheus(app: ApiServer, services: Services): Promise<void> {
  await app.register(
    async (scope) => {
      const api = scope as ApiServer;
      parseForms(api);
      api.setErrorHandler(answerError);
      registerQueries(api, services);
      registerLabels(api, services);
      registerRules(api, services);
      api.get(
        "/status/buildinfo",
        {
          config: { scope: "read" },
          schema: {
            ...{ summary: "The version of Prometheus whose API this is like", tags: ["prometheus"] },
            response: enveloped(z.record(z.string(), z.string())),
          },
        },
        async (_, reply) => sendData(reply, BUILD_INFO) as never,
      );
    },
    { prefix: PREFIX },
  );
}
