import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

import { compiledMessages } from "./scripts/compiled-messages.js";

export default defineConfig({
  base: "./",
  plugins: [compiledMessages(), svelte()],
  resolve: {
    alias: [
      {
        // Messages come parsed, so the parser stays out.
        find: /^@formatjs\/icu-messageformat-parser$/u,
        replacement: "@formatjs/icu-messageformat-parser/no-parser.js",
      },
    ],
  },
  build: {
    // `light-dark()` and OKLCH reach the web view as they are written.
    target: ["safari17.5", "chrome123"],
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});
