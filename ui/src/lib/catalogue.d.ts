/** The English catalogue, parsed while building: plain text where a message takes no argument. */
declare module "virtual:messages/en" {
  type Key = keyof import("./messages.gen").MessageArguments;
  type Element =
    import("@formatjs/icu-messageformat-parser").MessageFormatElement;

  const messages: Readonly<Record<Key, string | Element[]>>;
  export default messages;
}
