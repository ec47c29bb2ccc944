// What is chosen on the page. It lives in the address bar, so that back and share work.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const KEYS = [
    "geo", "ind", "unit", "field", "cat", "proc", "holder", "win", "mode", "show", "sort", "week", "age", "stage", "channel", "clock",
    "group", "calls", "slot", "top", "q", "page", "pages", "every", "lang", "theme", "wall",
  ];

  function read() {
    const asked = new URLSearchParams(location.search);
    const state = {};
    for (const key of KEYS) if (asked.get(key)) state[key] = asked.get(key);
    return state;
  }

  function search(state) {
    const asked = new URLSearchParams();
    for (const key of KEYS) if (state[key]) asked.set(key, state[key]);
    const text = asked.toString();
    return text ? `?${text}` : "";
  }

  const isDark = (state) =>
    state.wall ? state.theme !== "light"
      : state.theme ? state.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;

  function dress(state) {
    const root = document.documentElement;
    const wanted = { "data-theme": isDark(state) ? "dark" : "light", lang: state.lang === "en" ? "en" : "vi" };
    // Written only where it differs: the style of every node follows from it.
    for (const [name, value] of Object.entries(wanted)) if (root.getAttribute(name) !== value) root.setAttribute(name, value);
    root.toggleAttribute("data-wall", Boolean(state.wall));
  }

  function show(state) {
    dress(state);
    board.give("state", state);
  }

  // Change what is chosen; an empty value removes a choice.
  function choose(changes) {
    const before = read();
    const state = { ...before, ...changes };
    for (const key of KEYS) if (!state[key]) delete state[key];
    const asked = search(state);
    if (asked === search(before)) return;
    history.pushState(null, "", location.pathname + asked + location.hash);
    if ((before.lang ?? "vi") !== (state.lang ?? "vi")) arrive();
    show(state);
  }

  // Let the router see a new address: it fetches the page of it.
  function arrive() {
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.dispatchEvent(new CustomEvent("_dashprivate_historychange"));
  }

  function go(path, hash) {
    const state = read();
    history.pushState(null, "", path + search(state) + (hash ?? ""));
    window.scrollTo(0, 0);
    arrive();
  }

  // Follow a link whose address says all that is chosen there.
  function visit(address) {
    history.pushState(null, "", address);
    window.scrollTo(0, 0);
    arrive();
    show(read());
  }

  const KEPT = ["geo", "unit", "lang", "theme"];

  // The address of another page that keeps what is chosen of the city, with changes; `path` may bring choices of its own.
  function lead(path, changes) {
    const [page, asked] = path.split("?");
    const state = read();
    const kept = Object.fromEntries(KEPT.map((key) => [key, state[key]]));
    return page + search({ ...kept, ...Object.fromEntries(new URLSearchParams(asked ?? "")), ...changes });
  }

  let shown = { path: location.pathname, lang: read().lang };

  // Back and forward within one page change what is chosen, not the page: the router need not fetch it again.
  window.addEventListener("popstate", (event) => {
    const state = read();
    const same = location.pathname === shown.path && state.lang === shown.lang;
    if (same) event.stopImmediatePropagation();
    show(state);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-path], a[data-visit]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (link.dataset.path) go(link.dataset.path, link.hash);
    else visit(link.href);
  });

  function paged() {
    shown = { path: location.pathname, lang: read().lang };
    const asked = search(read());
    for (const link of document.querySelectorAll("a[data-path]")) link.href = link.dataset.path + asked + link.hash;
  }

  dress(read());
  Object.assign(board, { state: { read, search, choose, go, visit, show, paged, lead, isDark } });
})();
