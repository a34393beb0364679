import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { describe, expect, test } from "vitest";

import en from "../../messages/en.json";
import { render } from "../../scripts/write-messages.js";
import {
  actionWords,
  errorCodes,
  errorWords,
  renewalWords,
  signInWords,
} from "../../src/lib/errors";
import type { ErrorCode } from "../../src/lib/ipc/bindings";
import { format, t, type MessageKey } from "../../src/lib/messages";

const root = fileURLToPath(new URL("../..", import.meta.url));
const messages = Object.entries(en) as [MessageKey, string][];

function valuesFor(message: string): Record<string, string | number> {
  const found: Record<string, string | number> = {};
  for (const element of parse(message)) {
    if (element.type === TYPE.argument) found[element.value] = "Mio";
    if (element.type === TYPE.number || element.type === TYPE.plural) {
      found[element.value] = 3;
    }
  }
  return found;
}

describe("the catalogue", () => {
  test.each(messages)("%s reads well with its arguments", (key, message) => {
    const words = format(key, valuesFor(message));
    expect(words).not.toBe("");
    expect(words).not.toMatch(/[{}]/u);
    expect(words).not.toMatch(/!|oops|sorry/iu);
    expect(words).not.toMatch(/\bundefined\b|\s{2}/u);
  });

  test("has types that were written from it", async () => {
    const catalogue = await readFile(join(root, "messages/en.json"), "utf8");
    const types = await readFile(join(root, "src/lib/messages.gen.ts"), "utf8");
    expect(types).toBe(render(catalogue));
  });

  test("holds no message that nothing uses", async () => {
    const source = await sources(join(root, "src"));
    const unused = messages
      .map(([key]) => key)
      .filter((key) => !isUsed(key, source));
    expect(unused).toEqual([]);
  });

  test("counts one and many differently", () => {
    expect(t("app.attention", { count: 1 })).toBe("1 needs you");
    expect(t("app.attention", { count: 2 })).toBe("2 need you");
  });

  test("strips what could reorder a sentence from its arguments", () => {
    expect(t("revoke.title", { account: "\u202egro\u0007.x\n y" })).toBe(
      "Revoke gro.x y?",
    );
  });
});

describe("every error code", () => {
  test.each(errorCodes)("%s has three sentences", (code) => {
    const { title, meaning, next } = errorWords(code, "Mio");
    expect(title).not.toMatch(/\.$/u);
    expect(meaning).toMatch(/\.$/u);
    expect(next).toMatch(/\.$/u);
    expect(title.length).toBeLessThanOrEqual(48);
  });

  test.each(errorCodes)(
    "%s begins with a capital without a provider",
    (code) => {
      const words = errorWords(code, null);
      for (const sentence of [words.title, words.meaning, words.next]) {
        expect(sentence.charAt(0)).toBe(sentence.charAt(0).toUpperCase());
      }
    },
  );

  test("is one of the bindings, and all of those are here", async () => {
    const bindings = await readFile(
      join(root, "src/lib/ipc/bindings.ts"),
      "utf8",
    );
    const union = /type ErrorCode =([^;]+);/u.exec(bindings)?.[1] ?? "";
    const codes = [...union.matchAll(/"(\w+)"/gu)].map((match) => match[1]);
    expect(codes.length).toBeGreaterThan(30);
    expect([...errorCodes].sort()).toEqual([...codes].sort());
  });

  test("has no sentences left over from a code that is gone", () => {
    const inCatalogue = new Set(
      messages
        .map(([key]) => /^error\.(\w+)\./u.exec(key)?.[1])
        .filter((code) => code !== undefined),
    );
    expect([...inCatalogue].sort()).toEqual([...errorCodes].sort());
  });

  test("from a newer engine reads as a fault of Keyfob", () => {
    const unknown = "not_known_yet" as ErrorCode;
    expect(errorWords(unknown, null)).toEqual(errorWords("internal", null));
  });

  test.each(errorCodes)("%s never leaves a sign-in to itself", (code) => {
    const { next, ...rest } = signInWords(code, "Mio");
    expect(rest).toMatchObject({ title: errorWords(code, "Mio").title });
    expect(next).not.toMatch(/by itself/u);
  });

  test.each(errorCodes)(
    "%s asks nobody for what a renewal does itself",
    (code) => {
      const { next, action } = renewalWords(code, "Mio");
      if (action === "tryAgain") expect(next).toMatch(/by itself/u);
      else expect(next).toBe(errorWords(code, "Mio").next);
    },
  );

  test("offers no button where there is nothing to press", () => {
    expect(actionWords("none")).toBeNull();
    expect(actionWords("setUp")).toBe("Set up");
    expect(actionWords("changeSetUp")).toBe("Change set-up");
  });
});

function isUsed(key: string, source: string): boolean {
  if (source.includes(`"${key}"`)) return true;
  const parts = key.split(".");
  // `reads.${one}`, `keychain.${kind}.title`, `error.${known}.${part}`
  const patterns = [
    `\`${[...parts.slice(0, -1), "${"].join(".")}`,
    `\`${parts[0] ?? ""}.\${`,
  ];
  return patterns.some((pattern) => source.includes(pattern));
}

async function sources(dir: string): Promise<string> {
  const names = await readdir(dir, { recursive: true });
  const files = names.filter(
    (name) => /\.(?:svelte|ts)$/u.test(name) && !name.endsWith(".gen.ts"),
  );
  const texts = await Promise.all(
    files.map((name) => readFile(join(dir, name), "utf8")),
  );
  return texts.join("\n");
}
