/**
 * A Vite plugin: `virtual:messages/<language>` is that catalogue with every message parsed while
 * building, so that the page carries no parser. A message without arguments stays plain text.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse, TYPE } from "@formatjs/icu-messageformat-parser";

const PREFIX = "virtual:messages/";

/** @returns {import("vite").Plugin} */
export function compiledMessages() {
  return {
    name: "compiled-messages",
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    async load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const language = id.slice(PREFIX.length + 1);
      const url = new URL(`../messages/${language}.json`, import.meta.url);
      this.addWatchFile(fileURLToPath(url));
      const compiled = compile(await readFile(url, "utf8"));
      return `export default ${JSON.stringify(compiled)};`;
    },
  };
}

/** Parses the messages of a catalogue given as JSON text. */
export function compile(/** @type {string} */ catalogue) {
  /** @type {unknown} */
  const parsed = JSON.parse(catalogue);
  const messages = /** @type {Record<string, string>} */ (parsed);
  return Object.fromEntries(
    Object.entries(messages).map(([key, message]) => [key, lean(message)]),
  );
}

/** @param {string} message */
function lean(message) {
  const elements = parse(message, { captureLocation: false });
  const [only] = elements;
  const plain = elements.length === 1 && only?.type === TYPE.literal;
  return plain ? only.value : elements;
}
