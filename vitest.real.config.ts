import { defineConfig } from "vitest/config";

// Real data, real components, processes that are killed, disks that are full. FOREWARN_LONG=1 runs the long variants.
export default defineConfig({
  test: {
    include: ["test/real/**/*.test.ts"],
    globalSetup: ["test/support/temporary-directory.ts", "test/support/build-page.ts"],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
