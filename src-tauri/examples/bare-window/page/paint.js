// The first callback runs before the frame is drawn, the second one after it.
// A changed title is the one thing a page can tell its window without IPC.
requestAnimationFrame(() =>
  requestAnimationFrame(() => {
    document.title = "Bare window, painted";
  }),
);
