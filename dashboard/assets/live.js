// One stream for the whole page: receives frames, shows the newest at most once an animation frame, says when it cannot.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const SILENCE_MS = 35_000; // frames come every ten seconds at the latest
  const OLD_MS = 60_000; // a newest frame older than this can no longer be judged
  const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 20_000];
  const SPREAD_MS = 2_000;
  const TRUSTED_MS = 1_500; // a difference of clocks below what the Date header can tell

  let source = null;
  let frame = null; // the newest
  let shown = null; // on screen
  let paused = false;
  let waiting = false;
  let offset = 0; // server clock minus ours
  let heard = 0;
  let tries = 0;
  let retry = null;
  let link = { state: "connecting" };
  let told = "";

  board.now = () => Date.now() + offset;

  const isOld = () => Boolean(frame) && board.now() - Date.parse(frame.as_of) > OLD_MS;

  // Put the state of the connection on the page, when it has changed.
  function tell(next = link) {
    link = next;
    const data = { ...link, paused, old: isOld() };
    const text = JSON.stringify(data);
    if (text === told) return;
    told = text;
    board.set(document.documentElement, { "data-link": link.state });
    board.give("link", data);
  }

  function request() {
    if (waiting || paused || document.hidden || !frame || frame === shown) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (paused || frame === shown) return;
      shown = frame;
      board.give("frame", shown);
    });
  }

  function receive(next) {
    frame = next;
    heard = Date.now();
    tries = 0;
    tell(link.state === "connecting" || link.state === "lost" ? { state: "live" } : link);
    request();
  }

  function open(fresh) {
    close();
    const since = frame && !fresh ? `?since=${frame.version}` : "";
    source = new EventSource(`/api/v1/live${since}`);
    heard = Date.now();
    source.addEventListener("snapshot", (event) => receive(JSON.parse(event.data)));
    source.addEventListener("frame", (event) => change(JSON.parse(event.data)));
    source.addEventListener("status", (event) => answer(JSON.parse(event.data)));
    source.addEventListener("error", lose);
  }

  function close() {
    clearTimeout(retry);
    retry = null;
    source?.close();
    source = null;
  }

  function change(delta) {
    if (frame && delta.version <= frame.version) return;
    try {
      receive(board.apply(frame, delta));
    } catch (error) {
      open(true); // a gap, or nothing to apply it to: ask for a whole frame
    }
  }

  function answer(status) {
    heard = Date.now();
    tries = 0;
    tell(status.state === "live" ? { state: "live" } : status);
  }

  // Without a network from the start: show what this device still has, marked as what it is.
  async function recall() {
    const old = await board.offline?.recall();
    if (frame || !old) return;
    frame = old;
    tell({ state: "lost", reason: "remembered", since: old.as_of });
    request();
  }

  function lose() {
    if (!frame) recall();
    if (link.state !== "lost") tell({ state: "lost", since: new Date(board.now()).toISOString() });
    if (source && source.readyState !== EventSource.CLOSED) return; // the browser tries by itself
    close();
    comeBack();
  }

  // The browser has given up: ask what the server says, which may be when to come back, and do so.
  async function comeBack() {
    let pause = RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)];
    retry = setTimeout(() => {}, 0); // nobody else begins meanwhile
    try {
      const answer = await fetch("/api/v1/live", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(5_000) });
      const wait = Number(answer.headers.get("retry-after"));
      if (answer.status === 429) tell({ state: "lost", reason: "full", since: link.since });
      if (wait > 0) pause = wait * 1_000;
    } catch (error) {
      // out of reach: the pauses grow by themselves
    }
    if (!source) retry = setTimeout(() => open(false), pause * (0.5 + Math.random()));
  }

  function pause(on) {
    paused = on;
    tell();
    request();
  }

  async function setClock() {
    try {
      const asked = Date.now();
      const answer = await fetch("/healthz", { cache: "no-store" });
      const now = Date.parse(answer.headers.get("date")) + 500;
      const difference = now - (asked + Date.now()) / 2;
      offset = Number.isFinite(difference) && Math.abs(difference) > TRUSTED_MS ? difference : 0;
    } catch (error) {
      offset = 0; // our own clock is the best there is
    }
  }

  function watch() {
    if (source && Date.now() - heard > SILENCE_MS) open(false);
  }

  function start() {
    if (source || retry) return;
    setClock();
    open(true);
    setInterval(watch, 5_000);
    setInterval(() => tell(), 1_000);
    setInterval(setClock, 600_000);
    document.addEventListener("visibilitychange", request);
    window.addEventListener("offline", lose);
    window.addEventListener("online", () => {
      close();
      retry = setTimeout(() => open(false), Math.random() * SPREAD_MS); // a whole office is back at the same moment
    });
  }

  Object.assign(board, { live: { start, pause, isPaused: () => paused, newest: () => frame, shown: () => shown } });
})();
