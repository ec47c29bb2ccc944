// Ages tick here, once a second, without any news from the server.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});

  // Let a node tell the age of an instant, in the words under `key` ({age} in them).
  function aged(node, at, key) {
    board.set(node, { "data-since": at, "data-say": at ? key : null });
    if (at) tick(node);
    else board.put(node, "");
  }

  function tick(node) {
    const seconds = (board.now() - Date.parse(node.dataset.since)) / 1000;
    const key = node.dataset.say;
    const text = key === "age.ago" && seconds < 1 ? board.say("age.now") : board.say(key, { age: board.age(seconds) });
    if (node.textContent !== text) node.textContent = text;
  }

  setInterval(() => {
    if (document.hidden || board.live?.isPaused()) return;
    for (const node of document.querySelectorAll("[data-say]")) tick(node);
  }, 1000);

  Object.assign(board, { aged });
})();
