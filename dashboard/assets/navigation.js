// Links to pages that do not fit into the line are hidden: the menu beside them has them all.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});

  function fit(nav) {
    const links = [...nav.querySelectorAll(".nav-links > a")];
    const more = nav.querySelector(".nav-more");
    if (!links.length || !more) return;
    const box = links[0].parentElement;
    box.style.maxWidth = "";
    const line = links[0].offsetTop;
    const cut = links.filter((link) => link.offsetTop > line + 4);
    for (const link of links) {
      const gone = cut.includes(link);
      if (gone !== (link.style.visibility === "hidden")) link.style.visibility = gone ? "hidden" : "";
    }
    const last = links[links.length - cut.length - 1] ?? links[0];
    if (cut.length && matchMedia("(min-width: 700px)").matches) box.style.maxWidth = `${last.offsetLeft + last.offsetWidth - links[0].offsetLeft + 1}px`;
    const here = cut.find((link) => link.getAttribute("aria-current"));
    more.toggleAttribute("data-here", Boolean(here));
    more.toggleAttribute("data-needed", cut.length > 0);
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) fit(target);
  });
  let watched = null;

  // Pages come and go with their header: watch the one that is there.
  function watch() {
    const links = document.querySelector(".nav-links");
    if (links === watched) return;
    if (watched) sizes.unobserve(watched.closest(".nav"));
    watched = links;
    if (!links) return;
    sizes.observe(links.closest(".nav"));
    fit(links.closest(".nav"));
  }

  new MutationObserver(watch).observe(document.documentElement, { childList: true, subtree: true });
  document.fonts?.ready.then(() => watched && fit(watched.closest(".nav")));
  Object.assign(board, { fitNavigation: () => watched && fit(watched.closest(".nav")) });
})();
