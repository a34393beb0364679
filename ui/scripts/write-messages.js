/**
 * Writes the type of every message's arguments from the English catalogue, so that a missing
 * key or argument does not compile. `--check` only compares and fails on a difference.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse, TYPE } from "@formatjs/icu-messageformat-parser";

const catalogueFile = new URL("../messages/en.json", import.meta.url);
const typesFile = new URL("../src/lib/messages.gen.ts", import.meta.url);

/** Renders the TypeScript file for a catalogue given as JSON text. */
export function render(/** @type {string} */ catalogue) {
  /** @type {unknown} */
  const parsed = JSON.parse(catalogue);
  const messages = /** @type {Record<string, string>} */ (parsed);
  const lines = Object.entries(messages).map(([key, message]) => {
    /** @type {Map<string, string>} */
    const found = new Map();
    collect(parse(message), found);
    const fields = [...found].map(([name, type]) => `${name}: ${type}`);
    const shape = fields.length === 0 ? "None" : `{ ${fields.join("; ")} }`;
    return `  ${JSON.stringify(key)}: ${shape};`;
  });
  return [
    "// Written by `npm run messages` from messages/en.json; do not edit.",
    "",
    "/** A message without arguments. */",
    "export type None = undefined;",
    "",
    "/** The arguments of every message in the catalogue. */",
    "export type MessageArguments = {",
    ...lines,
    "};",
    "",
  ].join("\n");
}

/**
 * @param {import("@formatjs/icu-messageformat-parser").MessageFormatElement[]} elements
 * @param {Map<string, string>} found
 */
function collect(elements, found) {
  for (const element of elements) {
    if (element.type === TYPE.argument) found.set(element.value, "string");
    if (element.type === TYPE.number) found.set(element.value, "number");
    if (element.type === TYPE.plural || element.type === TYPE.select) {
      found.set(
        element.value,
        element.type === TYPE.plural ? "number" : "string",
      );
      for (const option of Object.values(element.options)) {
        collect(option.value, found);
      }
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = render(await readFile(catalogueFile, "utf8"));
  if (process.argv.includes("--check")) {
    const present = await readFile(typesFile, "utf8");
    if (present !== wanted) {
      process.stderr.write("messages.gen.ts is stale: run npm run messages\n");
      process.exitCode = 1;
    }
  } else {
    await writeFile(typesFile, wanted);
  }
}
