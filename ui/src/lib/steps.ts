/** The steps of an authorization attempt, as the sheet shows them. */
import type { AttemptStep } from "./ipc/bindings";
import { t } from "./messages";

/** A step that has a line of its own. */
export type ShownStep =
  "opening" | "waiting" | "confirming" | "asking" | "connected";

/** One line of the sheet. */
export type StepLine = {
  step: ShownStep;
  standing: "done" | "current" | "todo";
  words: string;
};

const USUAL: readonly ShownStep[] = [
  "opening",
  "waiting",
  "confirming",
  "connected",
];
// Few attempts ask something, so the line is only there while one does.
const ASKING: readonly ShownStep[] = [
  "opening",
  "waiting",
  "confirming",
  "asking",
  "connected",
];

/** Gives the lines for an attempt; `saving` is the end of `confirming`. */
export function stepLines(step: AttemptStep, provider: string): StepLine[] {
  const at = placeOf(step);
  return (step === "asking" ? ASKING : USUAL).map((shown, place) => {
    const standing =
      place < at || step === "connected"
        ? "done"
        : place === at
          ? "current"
          : "todo";
    return {
      step: shown,
      standing,
      words: words(shown, standing, step, provider),
    };
  });
}

function placeOf(step: AttemptStep): number {
  switch (step) {
    case "opening":
      return 0;
    case "waiting":
      return 1;
    case "confirming":
    case "saving":
      return 2;
    case "asking":
    case "connected":
      return 3;
    case "failed":
    case "cancelled":
      return -1;
  }
}

function words(
  shown: ShownStep,
  standing: StepLine["standing"],
  step: AttemptStep,
  provider: string,
): string {
  switch (shown) {
    case "opening":
      return standing === "current"
        ? t("connect.step.openingNow")
        : t("connect.step.opening");
    case "waiting":
      return standing === "done"
        ? t("connect.step.waitingDone")
        : t("connect.step.waiting");
    case "confirming":
      if (step === "saving") return t("connect.step.saving");
      return standing === "done"
        ? t("connect.step.confirmed")
        : t("connect.step.confirming", { provider });
    case "asking":
      return t("connect.step.asking");
    case "connected":
      return t("connect.step.connected");
  }
}
