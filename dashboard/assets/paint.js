// The clientside callbacks: what they paint, and when. Each returns the version it painted.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const skip = () => window.dash_clientside.no_update;
  const element = (id) => document.getElementById(id);

  // Run a painter when there is something to paint; `id` is where it paints.
  function painter(id, paint) {
    return (frame, state, registry, words, link, history) => {
      const view = board.look(frame, state, registry, words, link, history);
      const node = element(id);
      if (!view || !node) return skip();
      paint(node, view);
      return frame.version;
    };
  }

  const tiles = painter("tiles", (node, view) => board.paintTiles(view));
  const attention = painter("attention-list", board.paintAttention);
  const heatmap = painter("heatmap-table", board.paintHeatmap);

  const map = painter("map-tiles", (node, view) => {
    const painted = board.paintMap(node, view);
    board.paintLegend(element("legend"), view, painted);
  });

  let drawn = null;
  function hours(frame, state, registry, words, link, figure) {
    const view = board.look(frame, state, registry, words, link, null);
    if (!view?.frame.hours || !figure) return skip();
    const note = document.querySelector('.hours-panel [data-part="note"]');
    if (note) board.paintHoursNote(note, view);
    const next = board.hoursFigure(view, figure);
    const key = JSON.stringify(next);
    const graph = element("hours-chart");
    if (drawn === key && graph?.dataset.drawn === "yes") return skip();
    drawn = key;
    if (graph) graph.dataset.drawn = "yes";
    return next;
  }

  // What unit the tiles speak of, and the way back to the whole city.
  const scope = painter("scope", (node, view) => {
    const { unit } = view;
    const said = unit ? `${unit.key} ${board.unitName(unit)}` : "";
    if (node.dataset.unit === said) return;
    node.dataset.unit = said;
    node.replaceChildren();
    document.documentElement.toggleAttribute("data-unit", Boolean(unit));
    if (!unit) return;
    const back = board.make("button", { type: "button", class: "button chip", "aria-label": board.say("map.clear", { unit: board.unitName(unit) }) });
    back.append(board.unitName(unit), board.make("span", { "aria-hidden": "true" }, " ✕"));
    back.onclick = () => board.state.choose({ unit: "" });
    node.append(back);
  });

  const overview = (...seen) => board.together([scope, tiles, map, attention, heatmap], seen);

  // What the city calls its board, in the page's language where the profile says it.
  const titleOf = (profile) => profile?.rules?.titles?.[board.language()] ?? profile?.title;

  function shell(frame, state, registry, words, link) {
    if (!words) return skip();
    board.speak(words, registry?.profile.timezone);
    board.registry = registry ?? board.registry;
    const view = frame ? { frame, title: titleOf(registry?.profile) ?? frame.title, old: Boolean(link?.old) } : null;
    board.paintHeader(element("header"), view, link);
    board.paintBanner(element("banner"), registry ? view : null, link);
    board.paintEmpty(element("empty"), registry ? frame : null, link);
    board.paintFooter(element("footer"), view);
    board.set(element("pause"), { "aria-pressed": String(Boolean(link?.paused)), "aria-label": board.say(link?.paused ? "app.resume" : "app.pause") });
    element("language").textContent = board.language() === "en" ? "VI" : "EN";
    const page = document.querySelector("[data-page]")?.dataset.page;
    if (page) document.title = [board.say(`page.${page}`), view?.title].filter(Boolean).join(" · ");
    board.left();
    board.state.paged();
    return frame?.version ?? 0;
  }

  // Names and history are asked for again each five minutes; every ten seconds while there are none.
  const pace = (registry) => (registry ? 300_000 : 10_000);

  const togglePause = () => {
    board.live.pause(!board.live.isPaused());
    return skip();
  };
  const switchTheme = () => {
    board.state.choose({ theme: board.state.isDark(board.state.read()) ? "light" : "dark" });
    return skip();
  };
  const switchLanguage = () => {
    board.state.choose({ lang: board.language() === "en" ? "" : "en" });
    return skip();
  };

  function start() {
    board.live.start();
    board.state.show(board.state.read());
    return "started";
  }

  Object.assign(board, { overview, hours, shell, pace, togglePause, switchTheme, switchLanguage, start });
})();
