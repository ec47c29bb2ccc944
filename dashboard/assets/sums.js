// The sums above a page, which stands with empty cards (layouts/sums.py).
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});

  // Write tiles {name: {value, detail, status or null, trend}} into their cards; `question` is what they answer.
  function paintSums(node, tiles, question) {
    for (const card of node.children) {
      const tile = tiles[card.dataset.sum];
      const [mark, word] = board.part(card, "status").children;
      board.set(mark, { class: `mark ${tile.status ?? ""}` });
      board.put(word, tile.status ? board.say(`verdict.${tile.status}`) : "");
      board.set(board.part(card, "status"), { class: `status ${tile.status ?? ""}` });
      board.set(board.part(card, "value"), { class: tile.value === board.say("format.missing") ? "value missing" : "value" });
      board.put(board.part(card, "value"), tile.value, question);
      board.put(board.part(card, "detail"), tile.detail, question);
      if (tile.trend) trend(card, tile);
    }
  }

  // The last days of a number: {values, days, unit, names of the numbers whose notes belong to it}.
  function trend(card, { status, trend }) {
    const node = board.part(card, "trend");
    const name = card.querySelector(".name").textContent;
    board.spark(node, [trend.values], board.say("tile.trend", { name, n: trend.values.length }), 100, 20);
    board.set(node, { "data-status": status });
    board.noteLine(node, trend.days.slice(-trend.values.length), trend.unit, trend.names);
  }

  Object.assign(board, { paintSums });
})();
