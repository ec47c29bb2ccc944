// The page of definitions: find one, and stand at the one that the address names.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const NAMES = { className: "class" };
  let arrived = null;
  let shown = null;

  // A tree of html components as nodes: of so many, React would keep a slow desk waiting for seconds.
  function built(part) {
    if (part === null || typeof part !== "object") return String(part ?? "");
    const { children, ...properties } = part.props;
    const attributes = Object.fromEntries(Object.entries(properties).map(([name, value]) => [NAMES[name] ?? name, value]));
    return board.make(part.type.toLowerCase(), attributes, ...[children ?? []].flat().map(built));
  }

  function show(cards) {
    const list = document.getElementById("definitions");
    if (!list || !cards || (shown === cards && list.firstChild)) return;
    shown = cards;
    list.replaceChildren(...cards.map(built));
  }

  // Show the cards and hide those that do not match; returns the words for "nothing found".
  function find(asked, cards, words) {
    if (!words) return "";
    board.speak(words);
    show(cards);
    const wanted = board.fold(asked ?? "");
    let found = 0;
    for (const card of document.querySelectorAll("[data-definition]")) {
      const matches = board.fold(card.textContent + " " + card.id).includes(wanted);
      card.hidden = !matches;
      found += matches ? 1 : 0;
    }
    stand();
    return found || !cards ? "" : board.say("definition.none");
  }

  function stand() {
    const name = decodeURIComponent(location.hash.slice(1));
    const card = name && document.getElementById(name);
    if (!card || arrived === location.href) return;
    arrived = location.href;
    requestAnimationFrame(() => {
      card.scrollIntoView({ block: "start" });
      board.glow(card);
    });
  }

  window.addEventListener("hashchange", () => {
    arrived = null;
    stand();
  });

  Object.assign(board, { find });
})();
