// The demo: what the simulated feed is up to, and buttons that change it. Only `forewarn demo` has it.
import { z } from "zod";
import { ForewarnError } from "../../base/index.ts";
import type { ApiServer } from "../api-server.ts";
import type { DemoDesk } from "../demo-desk.ts";
import { demoJson, demoSchema } from "../payload/demo-json.ts";
import { answers } from "../schemas.ts";
import type { Services } from "../services.ts";

/** Registers the routes. */
export function registerDemo(app: ApiServer, services: Services): void {
  const { alerts, now } = services;
  const tags = ["demo"];
  const description = "Only while the daemon runs as `forewarn demo`; otherwise 404. Forecasts never see the plan.";
  const answer = (demo: DemoDesk) => demoJson(demo, { book: alerts.book, rules: alerts.rules(), nowMs: now() });

  app.get(
    "/api/v1/demo",
    {
      config: { scope: "read" },
      schema: { summary: "The story of the simulated feed", description, tags, response: answers({ 200: demoSchema }) },
    },
    async () => answer(requireDemo(services)),
  );

  app.post(
    "/api/v1/demo/scenario",
    {
      config: { scope: "admin" },
      schema: {
        ...{ summary: "Begin another story at the next instant of the feed", description, tags },
        body: z.strictObject({ scenario: z.string().min(1).max(64) }),
        response: answers({ 200: demoSchema }),
      },
    },
    async (request) => {
      const demo = requireDemo(services);
      demo.tell(request.body.scenario);
      return answer(demo);
    },
  );
}

function requireDemo({ demo }: Services): DemoDesk {
  if (demo !== null) return demo;
  throw new ForewarnError("not_found", "demo: Expected a daemon that plays a simulated feed, got another", {
    hint: "start one with `forewarn demo`",
  });
}
