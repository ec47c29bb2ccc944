// What the board remembers for when there is no network: the last frame, with its time. It is shown as old.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const STORE = "frames";
  const KEY = "/offline/frame";
  const EVERY_MS = 30_000;
  let kept = null;

  async function remember() {
    const frame = board.live?.newest();
    if (!frame || frame === kept || !("caches" in window)) return;
    kept = frame;
    try {
      const body = new Response(JSON.stringify(frame), { headers: { "content-type": "application/json" } });
      await (await caches.open(STORE)).put(KEY, body);
    } catch (error) {
      kept = null; // no room, or not allowed here: nothing is remembered
    }
  }

  async function recall() {
    try {
      const answer = await caches.match(KEY, { cacheName: STORE });
      return answer ? await answer.json() : null;
    } catch (error) {
      return null;
    }
  }

  // Tell the worker what was loaded before it was there.
  function hand(worker) {
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    worker?.postMessage({ keep: [...new Set(loaded)] });
  }

  async function register() {
    if (!("serviceWorker" in navigator)) return;
    try {
      await navigator.serviceWorker.register("/sw.js");
      const { active } = await navigator.serviceWorker.ready;
      setTimeout(() => hand(active), 4_000);
    } catch (error) {
      // without it the board works as before, with a network alone
    }
  }

  setInterval(remember, EVERY_MS);
  addEventListener("pagehide", remember);
  document.addEventListener("visibilitychange", remember);
  addEventListener("load", register);
  Object.assign(board, { offline: { remember, recall } });
})();
