/** Builds the web view once for all tests, serves it while they run, and starts their browser. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import puppeteer from "puppeteer-core";
import { build } from "vite";
import type { TestProject } from "vitest/node";

import { serve } from "./site";

export default async function setup(project: TestProject) {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const outDir = await mkdtemp(join(tmpdir(), "keyfob-ui-"));
  const [browser] = await Promise.all([
    startBrowser(),
    build({ root, logLevel: "warn", build: { outDir, emptyOutDir: true } }),
  ]);
  const shots = process.env["SHOTS"] ?? join(root, "../target/ui/shots");
  await mkdir(shots, { recursive: true });
  const site = await serve(outDir);
  project.provide("site", site.url);
  project.provide("shots", shots);
  project.provide("browser", browser.wsEndpoint());
  return async () => {
    await browser.close();
    await site.close();
    await rm(outDir, { recursive: true });
  };
}

function startBrowser() {
  return puppeteer.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--no-default-browser-check",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--hide-scrollbars",
    ],
  });
}
