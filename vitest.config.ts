import { defineConfig } from "vitest/config";

// What is quick and needs nothing but the repository. test/real/ has its own configuration.
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["test/real/**"],
    globalSetup: ["test/support/temporary-directory.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Files of a worker share what they import; loading the native modules for each took a fifth of the time.
    isolate: false,
  },
});
