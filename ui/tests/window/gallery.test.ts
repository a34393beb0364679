/** Opens every scene, photographs it, and lets axe and the content security policy judge it. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import type { AxeResults } from "axe-core";
import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

import { OpenWindow, sharedBrowser } from "../support/window";
import { scenes } from "./gallery";

let browser: Browser;
let axe: string;

beforeAll(async () => {
  const require = createRequire(import.meta.url);
  axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
  browser = await sharedBrowser();
});

afterAll(async () => {
  await browser.disconnect();
});

describe.concurrent("every scene", () => {
  test.each(scenes.map((scene) => [scene.name, scene] as const))(
    "%s is accessible and keeps to the policy",
    async (name, scene) => {
      const window = await OpenWindow.open(
        browser,
        scene.events,
        scene.look,
        scene.replies,
      );
      await scene.act?.(window);
      await window.page.screenshot({
        path: join(inject("shots"), `${name}.png`),
        optimizeForSpeed: true,
      });
      await window.page.evaluate(axe);
      const findings = await window.page.evaluate(async () => {
        const { axe: judge } = window as unknown as {
          axe: { run: (options: unknown) => Promise<AxeResults> };
        };
        // Without preloading: the policy forbids to fetch what is on the page already.
        const results = await judge.run({
          resultTypes: ["violations"],
          preload: false,
        });
        return results.violations.map(
          (one) =>
            `${one.id}: ${one.nodes
              .map((node) => `${node.html} ${node.failureSummary ?? ""}`)
              .join("\n")}`,
        );
      });
      const overflow = await window.page.evaluate(
        () => document.documentElement.scrollWidth - innerWidth,
      );
      expect(findings).toEqual([]);
      expect(overflow).toBeLessThanOrEqual(0);
      expect(await window.allProblems()).toEqual([]);
      await window.close();
    },
  );
});

test("every scene has a name of its own", () => {
  const names = scenes.map((scene) => scene.name);
  expect(new Set(names).size).toBe(names.length);
});
