import { describe, expect, test } from "vitest";

import { askingWords } from "../../src/lib/asking";
import type { Question } from "../../src/lib/ipc/bindings";

const names = { provider: "Mavio", connection: "ada@byron.example" };
const other = "connection-2";

const found = "grace@hopper.example";
const table: [string, Question, string, string, string | null, string][] = [
  [
    "whose account it is",
    { kind: "isThisYou", found: "ada@byron.example" },
    "Connected as ada@byron.example: is this you?",
    "Yes, this is me",
    null,
    "No",
  ],
  [
    "an account without a name",
    { kind: "isThisYou", found: null },
    "Is this you? Mavio did not say whose account this is.",
    "Yes, this is me",
    null,
    "No",
  ],
  [
    "a name that no one can see",
    { kind: "isThisYou", found: "\u202e\u200b " },
    "Is this you? Mavio did not say whose account this is.",
    "Yes, this is me",
    null,
    "No",
  ],
  [
    "another account",
    { kind: "otherAccount", found, guessed: false },
    "Mavio says this is grace@hopper.example",
    "Replace with grace@hopper.example",
    "Connect it separately",
    "Keep ada@byron.example",
  ],
  [
    "what looks like another account",
    { kind: "otherAccount", found, guessed: true },
    "This looks like grace@hopper.example, not ada@byron.example",
    "Replace with grace@hopper.example",
    "Connect it separately",
    "Keep ada@byron.example",
  ],
  [
    "another account without a name",
    { kind: "otherAccount", found: null, guessed: false },
    "Mavio says this is another account",
    "Replace it",
    "Connect it separately",
    "Keep ada@byron.example",
  ],
  [
    "an account that is there under another name",
    {
      kind: "alreadyConnected",
      connectionId: other,
      found: "ada@work.example",
      guessed: false,
    },
    "ada@work.example is already connected as ada@byron.example",
    "Update the one you have",
    "Connect it a second time",
    "Cancel",
  ],
  [
    "an account that is there under the same name",
    {
      kind: "alreadyConnected",
      connectionId: other,
      found: "ada@byron.example",
      guessed: false,
    },
    "ada@byron.example is already connected",
    "Update the one you have",
    "Connect it a second time",
    "Cancel",
  ],
  [
    "what looks like one that is there",
    { kind: "alreadyConnected", connectionId: other, found, guessed: true },
    "This looks like grace@hopper.example, which is already connected",
    "Update the one you have",
    "Connect it a second time",
    "Cancel",
  ],
  [
    "one that is there, without a name",
    {
      kind: "alreadyConnected",
      connectionId: other,
      found: null,
      guessed: false,
    },
    "This account is already connected as ada@byron.example",
    "Update the one you have",
    "Connect it a second time",
    "Cancel",
  ],
];

describe("a question about", () => {
  test.each(table)(
    "%s",
    (_label, question, title, take, separately, decline) => {
      expect(askingWords(question, names)).toMatchObject({
        title,
        take,
        separately,
        decline,
      });
    },
  );
});

test.each([
  [false, "as Mavio told Keyfob"],
  [true, "concludes this from what Mavio told it"],
])("whose account it is is never said to be certain: %s", (guessed, words) => {
  for (const kind of ["otherAccount", "alreadyConnected"] as const) {
    const question = { kind, connectionId: other, found, guessed };
    const { care } = askingWords(question, names);
    expect(care).toContain(words);
    expect(care).toContain("not verified");
  }
});
