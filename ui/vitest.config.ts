import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

import { compiledMessages } from "./scripts/compiled-messages.js";

export default defineConfig({
  plugins: [compiledMessages(), svelte()],
  resolve: { conditions: ["browser"] },
  test: {
    include: ["tests/**/*.test.ts"],
    globalSetup: ["tests/support/build.ts"],
    environment: "node",
    testTimeout: 60_000,
    maxConcurrency: 4,
    // The windows' tests wait for a browser more than they compute.
    maxWorkers: 2,
    hookTimeout: 60_000,
  },
});
