// One small box that tells what is under the pointer or the focus. Never on the wall.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  let box = null;

  function place(target) {
    const at = target.getBoundingClientRect();
    const own = box.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - own.width / 2), innerWidth - own.width - 8);
    const above = at.top - own.height - 8;
    box.style.transform = `translate(${Math.round(left)}px, ${Math.round(above > 8 ? above : at.bottom + 8)}px)`;
  }

  function tell(event) {
    const target = event.target.closest?.("[data-tip]");
    if (!target || document.documentElement.hasAttribute("data-wall")) return hide();
    if (!box) {
      box = board.make("div", { class: "tip", role: "tooltip" });
      document.body.append(box);
    }
    box.textContent = target.dataset.tip;
    box.dataset.shown = "yes";
    place(target);
    return undefined;
  }

  function hide() {
    if (box) delete box.dataset.shown;
  }

  document.addEventListener("pointerover", tell);
  document.addEventListener("focusin", tell);
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", (event) => (event.key === "Escape" ? hide() : undefined));
})();
