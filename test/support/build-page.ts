// Builds the page once before the tests that look at it.
import { build } from "vite";

/** Vitest's global set-up. */
export default async function buildPage(): Promise<void> {
  const before = process.env["NODE_ENV"];
  // Otherwise it would be the page as it is for development.
  process.env["NODE_ENV"] = "production";
  await build({ configFile: "vite.config.ts", logLevel: "error" });
  process.env["NODE_ENV"] = before;
}
