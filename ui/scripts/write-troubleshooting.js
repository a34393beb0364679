/**
 * Writes docs/troubleshooting.md from the English catalogue: for every error that a user can meet
 * its title, what it means and what to do, in the words of the window. `--check` only compares and
 * fails on a difference.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { format } from "prettier";

const catalogueFile = new URL("../messages/en.json", import.meta.url);
const pageFile = new URL("../../docs/troubleshooting.md", import.meta.url);

/** What stands before the first error. */
const OPENING = `# When something does not work

This page follows the messages of Keyfob's window. The word in brackets behind each title is the
error's code, to search for. Where a provider or your computer said more, *Technical details* beside
the message shows it; it holds no secret and can be copied.
`;

/**
 * The errors by where they are met, each in exactly one group.
 *
 * @type {readonly { title: string; head: string; codes: readonly string[] }[]}
 */
export const GROUPS = [
  {
    title: "Signing in",
    head: `You sign in on the provider's own page, in your own browser; Keyfob never sees your password.
A page that shows an error sends nothing back, so Keyfob goes on waiting: open *The page shows an
error* in the sign-in, and compare the redirect URI and the client id with those registered there.
Scheme, host, port and path have to be the same, down to the last slash.`,
    codes: [
      "client_not_set_up",
      "input_invalid",
      "client_misconfigured",
      "browser_not_opened",
      "port_unavailable",
      "access_denied",
      "scope_rejected",
      "code_rejected",
      "id_token_refused",
      "attempt_expired",
      "attempt_unknown",
      "sign_in_interrupted",
      "state_missing",
      "state_mismatch",
      "redirect_malformed",
      "redirect_unrelated",
      "sandbox_not_started",
    ],
  },
  {
    title: "Renewing",
    head: `Keyfob renews access before it ends, and tries again by itself where that can help. What only you
can do stands under *Needs you*.`,
    codes: [
      "grant_ended",
      "token_rejected",
      "renewal_interrupted",
      "account_changed",
      "account_gone",
      "connection_unknown",
      "provider_unknown",
    ],
  },
  {
    title: "Revoking",
    head: `Where a provider can be told to end Keyfob's access, *Revoke* tells it first and deletes the
credentials then.`,
    codes: ["revocation_pending", "revocation_given_up"],
  },
  {
    title: "Keychain",
    head: `Credentials are kept in your keychain and nowhere else. While it can't be reached nothing is
renewed, and nothing is lost.`,
    codes: [
      "keychain_locked",
      "keychain_dismissed",
      "keychain_timed_out",
      "keychain_failed",
      "keychain_missing",
      "secret_missing",
    ],
  },
  {
    title: "This computer",
    head: `These have their cause in Keyfob, in its data folder or in your network.`,
    codes: [
      "offline",
      "owner_elsewhere",
      "database_unavailable",
      "database_corrupted",
      "database_newer",
      "provider_file_broken",
      "internal",
    ],
  },
  {
    title: "Providers of your own",
    head: `A provider is saved as a whole or not at all. What was there before stays as it was.`,
    codes: [
      "discovery_failed",
      "issuer_private",
      "provider_not_saved",
      "provider_in_use",
    ],
  },
  {
    title: "Data from the provider",
    head: `What was read before stays on the screen, with the time it is from.`,
    codes: [
      "scope_missing",
      "provider_overloaded",
      "provider_unreachable",
      "provider_error",
      "request_rejected",
      "question_rejected",
      "answer_malformed",
      "answer_too_large",
    ],
  },
];

/** Renders the page for a catalogue given as JSON text. */
export async function renderPage(/** @type {string} */ catalogue) {
  /** @type {unknown} */
  const parsed = JSON.parse(catalogue);
  const messages = /** @type {Record<string, string>} */ (parsed);
  const fallback = sentence(messages["provider.fallback"], "");
  const parts = GROUPS.flatMap(({ title, head, codes }) => [
    `## ${title}`,
    head,
    ...codes.flatMap((code) => {
      const words = (/** @type {string} */ part) =>
        sentence(messages[`error.${code}.${part}`], fallback);
      const signIn = messages[`error.${code}.signIn`];
      return [
        `### ${words("title")} (\`${code}\`)`,
        words("meaning"),
        `**What to do:** ${words("next")}`,
        ...(signIn === undefined
          ? []
          : [`**While signing in:** ${words("signIn")}`]),
      ];
    }),
  ]);
  const text = [
    "<!-- Written by `npm run troubleshooting` in ui/; do not edit. -->",
    OPENING,
    ...parts,
  ].join("\n\n");
  return format(text, {
    parser: "markdown",
    proseWrap: "always",
    printWidth: 100,
  });
}

/**
 * Gives a message with the provider's stand-in, beginning with a capital.
 *
 * @param {string | undefined} message
 * @param {string} provider
 */
function sentence(message, provider) {
  if (message === undefined) throw new Error("a code without its sentences");
  const words = message.replaceAll("{provider}", provider);
  if (/[{}]/u.test(words)) throw new Error(`not filled in: ${words}`);
  // The stand-in itself goes into the middle of sentences.
  return provider === ""
    ? words
    : words.charAt(0).toUpperCase() + words.slice(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = await renderPage(await readFile(catalogueFile, "utf8"));
  if (process.argv.includes("--check")) {
    const present = await readFile(pageFile, "utf8");
    if (present !== wanted) {
      process.stderr.write(
        "docs/troubleshooting.md is stale: run npm run troubleshooting\n",
      );
      process.exitCode = 1;
    }
  } else {
    await writeFile(pageFile, wanted);
  }
}
