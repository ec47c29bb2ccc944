// The page of definitions: find one, and stand at the one that the address names.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  let arrived = null;

  // Hide what does not match; returns the words for "nothing found".
  function find(asked, cards, words) {
    if (!words) return "";
    board.speak(words);
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
