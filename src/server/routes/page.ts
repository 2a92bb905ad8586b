// The page: what `npm run build` puts into dist/web. It holds no data, so it needs no key; what it shows does.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ForewarnError } from "../../base/index.ts";
import type { ApiServer } from "../api-server.ts";

/** The same folder from the sources and from what is compiled. */
const PAGE = fileURLToPath(new URL("../../../dist/web/", import.meta.url));
/** Names of these files change with their content. */
const FOR_EVER = "public, max-age=31536000, immutable";

/** Registers `/` and the files that it loads. Places within the page are in the fragment, so there are no other paths. */
export async function registerPage(app: ApiServer): Promise<void> {
  if (!existsSync(`${PAGE}index.html`)) {
    app.get("/", { config: { scope: "public" }, schema: { hide: true } }, () => {
      throw new ForewarnError("not_found", "page: Expected it in dist/web, got none", { hint: "run npm run build" });
    });
    return;
  }
  const { default: serveFiles } = await import("@fastify/static");
  await app.register(async (page) => {
    page.addHook("onRoute", (route) => {
      route.config = { ...route.config, scope: "public" };
    });
    await page.register(serveFiles, {
      root: PAGE,
      wildcard: false,
      cacheControl: false,
      setHeaders: (reply, path) => {
        reply.header("cache-control", path.includes("/assets/") ? FOR_EVER : "no-cache");
      },
    });
  });
}
