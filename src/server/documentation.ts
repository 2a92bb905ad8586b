// The description of the API: OpenAPI 3.1 from the schemas of the routes, and a page to read it. Nothing comes from a network.
import { z } from "zod";
import type { ApiServer } from "./api-server.ts";
import { DOCUMENTATION_POLICY } from "./headers.ts";
import { sendTagged } from "./tagged.ts";

/** Of the API, as in its paths; it is not that of Forewarn. */
const API_VERSION = "1";

/** Collects the schemas of the routes that are registered from here on. */
export async function collectSchemas(app: ApiServer): Promise<void> {
  const { default: swagger } = await import("@fastify/swagger");
  const { jsonSchemaTransform, jsonSchemaTransformObject } = await import("fastify-type-provider-zod");
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Forewarn",
        version: API_VERSION,
        description:
          "Forecasts of a server fleet. Times in answers are RFC 3339 unless their name ends in Ms. Problems are documents after RFC 9457.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        securitySchemes: {
          key: { type: "http", scheme: "bearer", description: "An API key; Basic with the key as password works too" },
        },
      },
      security: [{ key: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

/** Registers the document and the page. */
export async function registerDocumentation(app: ApiServer): Promise<void> {
  let text: string | undefined;
  app.get(
    "/openapi.json",
    {
      config: { scope: "read" },
      schema: {
        summary: "This document",
        tags: ["operations"],
        response: { 200: z.looseObject({ openapi: z.string() }) },
      },
    },
    async (request, reply) => {
      text ??= JSON.stringify(app.swagger());
      return sendTagged(request, reply, text) as never;
    },
  );

  const { default: swaggerUi } = await import("@fastify/swagger-ui");
  await app.register(async (page) => {
    page.addHook("onRoute", (route) => {
      route.config = { ...route.config, scope: "read" };
    });
    page.addHook("onSend", async (_, reply) => {
      reply.header("content-security-policy", DOCUMENTATION_POLICY);
    });
    await page.register(swaggerUi, { routePrefix: "/docs", uiConfig: { url: "/openapi.json", validatorUrl: null } });
  });
}
