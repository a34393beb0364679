/**
 * What an attempt asks before it goes on, in words. Pure: the question and the names around it go
 * in. Whose account it is comes from the provider and was never verified, and the words say so.
 */
import type { Question } from "./ipc/bindings";
import { t } from "./messages";
import { plainLine } from "./plain";

/** A question as it is put to the user; the buttons by the choice that they stand for. */
export type AskingWords = {
  title: string;
  /** What is known, and what each choice does. */
  text: string;
  /** What to be careful about. */
  care: string;
  take: string;
  separately: string | null;
  decline: string;
};

/** The names that a question speaks of. */
export type AskingNames = {
  provider: string;
  /** How the connection is called that is signed in again, or that is already there. */
  connection: string;
};

/** Gives the words of a question. */
export function askingWords(
  question: Question,
  names: AskingNames,
): AskingWords {
  const found = plainLine(question.found ?? "");
  switch (question.kind) {
    case "isThisYou":
      return isThisYou(found, names.provider);
    case "otherAccount":
      return otherAccount(found, question.guessed, names);
    case "alreadyConnected":
      return alreadyConnected(found, question.guessed, names);
  }
}

function isThisYou(found: string, provider: string): AskingWords {
  return {
    title:
      found === ""
        ? t("ask.isThisYou.nameless", { provider })
        : t("ask.isThisYou.title", { found }),
    text: t("ask.isThisYou.text"),
    care: t("ask.isThisYou.care"),
    take: t("ask.isThisYou.take"),
    separately: null,
    decline: t("ask.isThisYou.decline"),
  };
}

function otherAccount(
  found: string,
  guessed: boolean,
  { provider, connection: old }: AskingNames,
): AskingWords {
  const nameless = found === "";
  const title = () => {
    if (nameless) return t("ask.otherAccount.nameless", { provider });
    return guessed
      ? t("ask.otherAccount.guessed", { found, old })
      : t("ask.otherAccount.title", { provider, found });
  };
  return {
    title: title(),
    text: nameless
      ? t("ask.otherAccount.textNameless", { old })
      : t("ask.otherAccount.text", { found, old }),
    care: unverified(guessed, provider),
    take: nameless
      ? t("ask.otherAccount.takeNameless")
      : t("ask.otherAccount.take", { found }),
    separately: t("ask.separately"),
    decline: t("ask.otherAccount.decline", { old }),
  };
}

function alreadyConnected(
  found: string,
  guessed: boolean,
  { provider, connection: label }: AskingNames,
): AskingWords {
  const title = () => {
    if (found === "") return t("ask.alreadyConnected.nameless", { label });
    if (guessed) return t("ask.alreadyConnected.guessed", { found });
    return found === plainLine(label)
      ? t("ask.alreadyConnected.same", { found })
      : t("ask.alreadyConnected.title", { found, label });
  };
  return {
    title: title(),
    text: t("ask.alreadyConnected.text", { label }),
    care: unverified(guessed, provider),
    take: t("ask.alreadyConnected.take"),
    separately: t("ask.alreadyConnected.separately"),
    decline: t("action.cancel"),
  };
}

function unverified(guessed: boolean, provider: string): string {
  return guessed
    ? t("ask.guess", { provider })
    : t("ask.unverified", { provider });
}
