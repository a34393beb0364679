/** Builds the web view once for all tests and serves it while they run. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "vite";
import type { TestProject } from "vitest/node";

import { serve } from "./site";

export default async function setup(project: TestProject) {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const outDir = await mkdtemp(join(tmpdir(), "keyfob-ui-"));
  await build({
    root,
    logLevel: "warn",
    build: { outDir, emptyOutDir: true },
  });
  const shots = process.env["SHOTS"] ?? join(root, "../target/ui/shots");
  await mkdir(shots, { recursive: true });
  const site = await serve(outDir);
  project.provide("site", site.url);
  project.provide("shots", shots);
  return async () => {
    await site.close();
    await rm(outDir, { recursive: true });
  };
}
