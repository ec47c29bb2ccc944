// The wall (`?wall=1`): turns through its pages by itself, and looks after itself for as long as it hangs there.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const SECONDS = 20;
  const LEAST_S = 2;
  const TOUCHED_MS = 60_000; // so long after the last touch it stays where it is
  const PATIENCE_MS = 12_000; // for a page to come
  const QUIET_MS = 400; // a page is there when nothing is asked for any more
  const PROBE_MS = 5_000;
  const RELEASE_MS = 10 * 60_000; // it does not begin anew more often than that
  const LOST_MS = 60_000; // without any page on the screen: begin anew
  const SPREAD_MS = 90_000; // not every wall of the city at midnight sharp

  const wall = { asked: 0, turned: 0, failed: 0, touchedAt: 0, release: null, isOld: false, day: null, place: -1 };
  let missing = 0;

  const isWall = () => document.documentElement.hasAttribute("data-wall");
  const settings = () => board.registry?.profile?.rules?.wall ?? {};
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // The pages in the order of the address, of the profile, or all that there are; each once for each time it is named.
  function playlist() {
    const links = [...document.querySelectorAll(".nav-list a[data-to]")];
    const paths = new Map(links.map((link) => [link.dataset.to, link.dataset.path]));
    const asked = (board.state.read().pages ?? "").split(",").filter((name) => paths.has(name));
    const usual = (settings().pages ?? []).filter((name) => paths.has(name));
    const names = asked.length ? asked : usual.length ? usual : [...paths.keys()].slice(0, 1);
    return names.map((name) => ({ name, path: paths.get(name) }));
  }

  function dwell() {
    const asked = Number(board.state.read().every) || Number(settings().seconds) || SECONDS;
    return Math.max(LEAST_S, asked) * 1000;
  }

  // Requests under way: a page that still asks for something is not there yet.
  const send = window.fetch;
  async function counted(...request) {
    wall.asked += 1;
    try {
      return await send.apply(window, request);
    } finally {
      wall.asked -= 1;
    }
  }

  const shown = () => document.querySelector("#main")?.closest(".page") ?? null;

  // Whether the server answers for a page; its ETag names the release.
  async function probe(path) {
    try {
      const answer = await send(path, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PROBE_MS) });
      const release = answer.headers.get("etag");
      if (answer.ok && release) {
        wall.release ??= release;
        if (release !== wall.release) wall.isOld = true;
      }
      return answer.ok;
    } catch (error) {
      return false;
    }
  }

  // A still of the page lies over everything until the next page is there: nobody sees it come.
  function veil() {
    const page = shown();
    if (!page) return null;
    const still = page.cloneNode(true);
    for (const node of [still, ...still.querySelectorAll("[id]")]) if (!node.closest("svg")) node.removeAttribute("id");
    const main = document.getElementById("main");
    const sheet = board.make("div", { class: "wall-veil", "aria-hidden": "true" }, still);
    document.body.append(sheet);
    const copy = still.querySelector("main");
    if (copy && main) copy.scrollTop = main.scrollTop;
    return sheet;
  }

  async function lift(sheet) {
    if (!sheet) return;
    sheet.classList.add("lifted");
    await pause(450);
    sheet.remove();
  }

  function visit(path) {
    history.replaceState(null, "", path + board.state.search(board.state.read()));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.dispatchEvent(new CustomEvent("_dashprivate_historychange"));
  }

  async function arrived(name) {
    const until = Date.now() + PATIENCE_MS;
    let quiet = 0;
    while (Date.now() < until) {
      await pause(50);
      const there = shown()?.dataset.page === name;
      quiet = there && wall.asked === 0 ? quiet + 50 : 0;
      if (quiet >= QUIET_MS) return true;
    }
    return shown()?.dataset.page === name;
  }

  // Show the next page; when it does not come, the one that is there stays.
  async function turn(next) {
    if (shown()?.dataset.page === next.name) return true;
    if (!(await probe(next.path))) return false;
    const before = location.pathname;
    const sheet = veil();
    visit(next.path);
    const came = await arrived(next.name);
    if (!came) history.replaceState(null, "", before + location.search);
    await lift(sheet);
    return came;
  }

  // A page that is longer than the wall is shown in steps, as much of it as the time allows.
  async function rest(ms) {
    const main = document.getElementById("main");
    const high = main?.clientHeight ?? 0;
    const steps = high ? Math.min(Math.ceil((main.scrollHeight - 8) / high), Math.max(1, Math.floor(ms / 4000))) : 1;
    if (main) main.scrollTop = 0;
    for (let step = 1; step <= Math.max(1, steps); step += 1) {
      await pause(ms / Math.max(1, steps));
      if (step < steps && main.isConnected && !isTouched()) main.scrollTo({ top: step * high, behavior: "smooth" });
    }
  }

  // What a list has no room for is left out in whole rows, and counted.
  const LISTS = ".scroll, .matrix-scroll, .clocks-scroll, .bars, .heat, .attention-panel .list";
  const ROWS = "tbody tr, .bar-row, .row:not(.head)";

  function clip() {
    const panels = new Map();
    for (const list of document.querySelectorAll(`#main .panel :is(${LISTS})`)) {
      const panel = list.closest(".panel");
      const bottom = panel.getBoundingClientRect().bottom - parseFloat(getComputedStyle(panel).paddingBottom) + 1;
      let left = 0;
      for (const row of list.querySelectorAll(ROWS)) {
        const isOver = row.getBoundingClientRect().bottom > bottom;
        row.classList.toggle("clipped", isOver);
        left += isOver;
      }
      panels.set(panel, (panels.get(panel) ?? 0) + left);
    }
    for (const [panel, left] of panels) {
      const words = left ? board.say("wall.more", { n: board.number(left) }) : "";
      if ((panel.dataset.more ?? "") === words) continue;
      if (words) panel.dataset.more = words;
      else delete panel.dataset.more;
    }
  }

  function keepClipped() {
    let isAsked = false;
    const ask = () => {
      if (isAsked) return;
      isAsked = true;
      requestAnimationFrame(() => {
        isAsked = false;
        clip();
      });
    };
    new MutationObserver(ask).observe(document.body, { childList: true, subtree: true });
    addEventListener("resize", ask);
  }

  const isTouched = () => Date.now() - wall.touchedAt < TOUCHED_MS;

  function touched(event) {
    if (!isWall() || (event.type === "pointermove" && Math.abs(event.movementX) + Math.abs(event.movementY) < 3)) return;
    wall.touchedAt = Date.now();
    dress();
  }

  function dress() {
    document.documentElement.toggleAttribute("data-touched", isTouched());
    const sign = document.querySelector(".wall-sign") ?? board.make("div", { class: "wall-sign", role: "status" });
    if (!sign.isConnected) document.body.append(sign);
    board.put(sign, isTouched() ? board.say("wall.touched") : "");
  }

  // Begin anew: on a new release, on a new day, or with nothing on the screen; only while the server answers.
  async function renew() {
    if (!(await probe(location.pathname))) return;
    sessionStorage.setItem("wall-renewed", String(Date.now()));
    location.reload();
  }

  function isDue() {
    missing = shown() ? 0 : missing || Date.now();
    if (missing && Date.now() - missing > LOST_MS) return true;
    if (isTouched()) return false;
    const today = board.day(board.now());
    wall.day ??= today;
    if (today !== wall.day && Date.now() - (wall.midnight ??= Date.now()) > wall.spread) return true;
    return wall.isOld && Date.now() - Number(sessionStorage.getItem("wall-renewed") ?? 0) > RELEASE_MS;
  }

  async function hang() {
    wall.spread = Math.random() * SPREAD_MS;
    while (isWall()) {
      await rest(dwell());
      dress();
      if (isDue()) await renew();
      if (isTouched() || document.hidden) continue;
      const pages = playlist();
      if (!pages.length) continue;
      const here = pages.findIndex((page, place) => place > wall.place && page.name === shown()?.dataset.page);
      const next = pages[((wall.place < 0 ? here : wall.place) + 1 + pages.length) % pages.length];
      const came = pages.length > 1 ? await turn(next) : await probe(next.path);
      if (came) wall.place = pages.indexOf(next);
      wall[came ? "turned" : "failed"] += 1;
    }
  }

  async function stayAwake() {
    try {
      await navigator.wakeLock?.request("screen");
    } catch (error) {
      // the system decides: not every browser or power plan allows it
    }
  }

  function start() {
    if (!isWall()) return;
    for (const name of ["alert", "confirm", "prompt"]) window[name] = () => null;
    for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) addEventListener(name, touched, { passive: true, capture: true });
    document.addEventListener("visibilitychange", stayAwake);
    stayAwake();
    keepClipped();
    hang();
  }

  if (isWall()) window.fetch = counted;
  Object.assign(board, { wall });
  addEventListener("DOMContentLoaded", start);
})();
