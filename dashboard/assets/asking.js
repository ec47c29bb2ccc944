// Painters of pages that have a filter bar and one answer of the server.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});

  // Run a painter when there is something to paint that answers what is asked: it gets the node `id`, the view with what
  // is chosen in the bar (`held`), what the server said (`data`) and whether files are `silent`, and the panel's note.
  const asking = (id, paint) => (frame, state, registry, words, link, data) => {
    const node = document.getElementById(id);
    const view = board.look(frame, state, registry, words, link, null);
    if (!node || !view || !document.getElementById("filters") || board.waits(view, data)) return window.dash_clientside.no_update;
    const silent = board.isSilent(view, "dossiers");
    board.stands(silent);
    paint(node, { ...view, held: board.chosen(view.state), data, silent }, node.closest(".panel")?.querySelector('[data-part="note"]'));
    return frame.version;
  };

  Object.assign(board, { asking });
})();
