// Debug builds under test only: keeps everything that crosses between the web view and the core.
(() => {
  const transcript = [];
  window.__KEYFOB_TRANSCRIPT__ = transcript;
  const fetch = window.fetch;
  window.fetch = async (input, init) => {
    const url = typeof input === "string" ? input : input.url;
    const body = init?.body;
    transcript.push(JSON.stringify({ direction: "in", url, body: typeof body === "string" ? body : String(body) }));
    const response = await fetch(input, init);
    const text = await response.clone().text();
    transcript.push(JSON.stringify({ direction: "out", url, status: response.status, body: text }));
    return response;
  };
})();
