// Painters of pages that have a filter bar and an answer of the server.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});

  // The view of board.look with what is chosen in the bar (`held`), what the server said (`data`), and whether files are
  // `silent`; null where there is nothing to paint.
  function asked(frame, state, registry, words, link, data) {
    const view = board.look(frame, state, registry, words, link, null);
    if (!view || !document.getElementById("filters")) return null;
    return { ...view, held: board.chosen(view.state), data, silent: board.isSilent(view, "dossiers") };
  }

  // Run a painter when there is something to paint that answers what is asked: it gets the node `id`, the view that
  // `viewOf` makes of what the page was told, and the panel's note.
  const asking = (id, paint, viewOf = asked) => (...seen) => {
    const node = document.getElementById(id);
    const view = viewOf(...seen);
    const [frame, , , , , data] = seen;
    if (!node || !view || board.waits(view, data)) return window.dash_clientside.no_update; // nothing is painted twice
    board.stands(view.silent);
    paint(node, view, node.closest(".panel")?.querySelector('[data-part="note"]'));
    return frame.version;
  };

  Object.assign(board, { asking });
})();
