// Parts of a page that no callback names come as HTML (layouts/still.py): they are set in here as soon as they stand,
// before any painter looks for them.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const held = new Map(); // what each part shows, and the nodes of it: React may use a part again for another page

  function drop(part) {
    for (const node of held.get(part)?.nodes ?? []) node.remove();
    held.delete(part);
  }

  function setIn() {
    for (const part of held.keys()) if (!part.isConnected || !part.dataset.html) drop(part);
    for (const part of document.querySelectorAll("[data-html]")) {
      const { html } = part.dataset;
      if (held.get(part)?.html === html) continue;
      drop(part);
      part.innerHTML = html;
      held.set(part, { html, nodes: [...part.childNodes] });
    }
  }

  new MutationObserver(setIn).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-html"] });

  Object.assign(board, { setIn });
})();
