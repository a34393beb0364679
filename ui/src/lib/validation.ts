/** Looks at what the user typed before it is sent. The native side judges again and has the last word. */
import { t } from "./messages";
import { hasInvisible } from "./plain";

/** Which field of a provider's set-up is meant. */
export type SetUpField = "clientId" | "clientSecret";

/** Gives what is wrong with a value, or `null`. Space around it is not a fault: it is cut off. */
export function credentialFault(
  field: SetUpField,
  value: string,
): string | null {
  const words = { field: t(`setup.field.${field}`) };
  const inner = value.trim();
  if (inner === "") return t("setup.error.empty", words);
  if (hasInvisible(inner)) return t("setup.error.control", words);
  if (/\s/u.test(inner)) return t("setup.error.space", words);
  return null;
}

/** Gives what is wrong with an issuer URL, or `null`. */
export function issuerFault(value: string): string | null {
  const inner = value.trim();
  if (inner === "") return t("issuer.empty");
  const protocol = URL.canParse(inner) ? new URL(inner).protocol : null;
  return protocol === "https:" || protocol === "http:"
    ? null
    : t("issuer.notAddress");
}
