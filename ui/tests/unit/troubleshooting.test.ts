import { readFile } from "node:fs/promises";

import { describe, expect, test } from "vitest";

import { GROUPS, renderPage } from "../../scripts/write-troubleshooting.js";
import { errorCodes } from "../../src/lib/errors";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");
const catalogue = await read("../../messages/en.json");

describe("the page for troubles", () => {
  test("is what the catalogue says now", async () => {
    const page = await read("../../../docs/troubleshooting.md");
    expect(page).toBe(await renderPage(catalogue));
  });

  test("explains every code once", () => {
    const explained = GROUPS.flatMap((group) => group.codes);
    expect([...explained].sort()).toEqual([...errorCodes].sort());
  });

  test("refuses a code without sentences", async () => {
    const without = catalogue.replace("error.offline.next", "error.other.next");
    await expect(renderPage(without)).rejects.toThrow("without its sentences");
  });

  test("leaves no place for a name open", async () => {
    const page = await renderPage(catalogue);
    expect(page).not.toMatch(/[{}]/u);
    expect(page).toContain("The provider rejected the authorization code.");
  });
});
