/** The English catalogue, parsed while building: plain text where a message takes no argument. */
declare module "virtual:messages/en" {
  import type { MessageFormatElement } from "@formatjs/icu-messageformat-parser";
  import type { MessageArguments } from "./messages.gen";

  const messages: Readonly<
    Record<keyof MessageArguments, string | MessageFormatElement[]>
  >;
  export default messages;
}
