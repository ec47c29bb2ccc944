// The sums above a page, which stands with empty cards (layouts/sums.py).
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});

  // Write tiles {name: {value, detail, status, trend: [values, what board.trend asks beside]}} into their cards; what is
  // not known yet has no tile. `question` is what they answer.
  function paintSums(node, tiles, question) {
    for (const card of node.children) {
      const tile = tiles[card.dataset.sum] ?? {};
      const [mark, word] = board.part(card, "status").children;
      board.set(mark, { class: `mark ${tile.status ?? ""}` });
      board.put(word, tile.status ? board.say(`verdict.${tile.status}`) : "");
      board.set(board.part(card, "status"), { class: `status ${tile.status ?? ""}` });
      board.set(board.part(card, "value"), { class: tile.value === board.say("format.missing") ? "value missing" : "value" });
      board.put(board.part(card, "value"), tile.value, question);
      board.put(board.part(card, "detail"), tile.detail, question);
      if (!tile.trend) continue;
      const [values, beside] = tile.trend;
      board.trend(board.part(card, "trend"), card.querySelector(".name").textContent, [values], beside);
      board.set(board.part(card, "trend"), { "data-status": tile.status });
    }
  }

  Object.assign(board, { paintSums });
})();
