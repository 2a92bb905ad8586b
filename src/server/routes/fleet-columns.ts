// The whole fleet in one compact answer, for the page and for whoever reads thousands of servers at once.
import { z } from "zod";
import type { ApiServer } from "../api-server.ts";
import { COLUMNS_TYPE, fleetColumns } from "../payload/fleet-columns.ts";
import { answers } from "../schemas.ts";
import type { Services } from "../services.ts";

/** Registers the route. */
export function registerFleetColumns(app: ApiServer, services: Services): void {
  app.get(
    "/api/v1/fleet/columns",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "Every server in columns: a safetensors file", tags: ["fleet"] },
        description:
          "Names, labels, ages, refusals, incidents and breach probabilities as typed arrays; `head` of the metadata says what rows, columns and codes stand for. -1 is none. Without a model there is no `probabilities`.",
        response: answers({ 200: z.string().describe(`The bytes of a file of type ${COLUMNS_TYPE}`) }),
      },
    },
    async (_, reply) => reply.type(COLUMNS_TYPE).send(Buffer.from(fleetColumns(services).buffer) as never),
  );
}
