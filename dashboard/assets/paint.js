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

  // The choosers show what the address says, with the units of the chosen geography.
  let offered = { registry: null, key: "" };

  function choosers(state, registry, words, painted, frame, options) {
    const same = [skip(), skip(), skip(), skip(), skip()];
    if (!registry || !words || !frame) return same;
    const key = [state?.geo, state?.ind, state?.unit, words["format.locale"], board.preset(frame)].join("|");
    if (options?.length && offered.registry === registry && offered.key === key) return same;
    offered = { registry, key };
    board.speak(words, registry.profile.timezone);
    const english = board.language() === "en";
    const geographies = registry.geographies.map((one) => ({ value: String(one.id), label: english ? one.name_en || one.name_vi : one.name_vi }));
    const asked = String(state?.geo ?? "");
    const fallback = registry.geographies.find((one) => one.default) ?? registry.geographies[0];
    const geography = geographies.some((one) => one.value === asked) ? asked : String(fallback?.id ?? "");
    const units = registry.units
      .filter((unit) => unit.geographies.map(String).includes(geography))
      .sort(board.byName)
      .map((unit) => ({ value: unit.key, label: board.unitName(unit) }));
    const unit = units.some((one) => one.value === state?.unit) ? state.unit : null;
    return [geographies, geography, state?.ind || board.preset(frame), units, unit];
  }

  function choose(geography, indicator, unit, registry, frame) {
    if (!registry || !frame) return skip();
    const preset = registry.geographies.find((one) => one.default) ?? registry.geographies[0];
    const belongs = registry.units.some((one) => one.key === unit && one.geographies.map(String).includes(String(geography)));
    board.state.choose({
      geo: geography && geography !== String(preset?.id) ? geography : "",
      ind: indicator && indicator !== board.preset(frame) ? indicator : "",
      unit: belongs ? unit : "",
    });
    return skip();
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
    board.paintBanner(element("banner"), view, link);
    board.paintEmpty(element("empty"), registry ? frame : null, link);
    board.paintFooter(element("footer"), view);
    board.set(element("pause"), { "aria-pressed": String(Boolean(link?.paused)), "aria-label": board.say(link?.paused ? "app.resume" : "app.pause") });
    element("language").textContent = board.language() === "en" ? "VI" : "EN";
    const page = document.querySelector("[data-page]")?.dataset.page;
    if (page) document.title = [board.say(`page.${page}`), view?.title].filter(Boolean).join(" · ");
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

  Object.assign(board, { overview, hours, choosers, choose, shell, pace, togglePause, switchTheme, switchLanguage, start });
})();
