/** How much a button asks for attention. */
export type Weight = "primary" | "secondary" | "plain" | "danger";
