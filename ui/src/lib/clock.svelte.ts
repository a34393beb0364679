/**
 * The one ticker of the window: the present time, moved on once a second while the window can be
 * seen. Hazard: an interval is no measure of time, so every tick reads the clock anew.
 */

/** The part of a document that the clock needs. */
export type Visibility = Pick<
  Document,
  "hidden" | "addEventListener" | "removeEventListener"
>;

/** The present time, as of the last whole second. */
export class WindowClock {
  now: number = $state(Date.now());
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts ticking and gives the function that stops it. */
  start(page: Visibility): () => void {
    const follow = () => {
      if (page.hidden) this.#stop();
      else this.#tick();
    };
    page.addEventListener("visibilitychange", follow);
    follow();
    return () => {
      page.removeEventListener("visibilitychange", follow);
      this.#stop();
    };
  }

  #tick(): void {
    this.#stop();
    this.now = Date.now();
    this.#timer = setTimeout(
      () => {
        this.#tick();
      },
      1000 - (this.now % 1000),
    );
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
