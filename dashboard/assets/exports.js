// The menu ⤓: files of what is on the screen, of the frame that is on the screen, with how far they are.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const PATIENCE_MS = 500; // what takes longer shows how far it is
  const SHOWN_MS = 5_000;
  const MENUS = "details.export, details.nav-more, details.about-box";

  // Menus open over everything else, within the window; one at a time.
  function place(menu) {
    const list = menu.lastElementChild;
    const anchor = menu.firstElementChild.getBoundingClientRect();
    const { width, height } = list.getBoundingClientRect();
    const left = Math.min(Math.max(8, anchor.right - width), innerWidth - width - 8);
    const below = anchor.bottom + 4;
    const top = below + height > innerHeight - 8 ? Math.max(8, anchor.top - height - 4) : below;
    board.set(list, { style: `left:${left}px;top:${top}px` });
  }

  function close(except) {
    for (const menu of document.querySelectorAll(MENUS)) if (menu.open && menu !== except) menu.open = false;
  }

  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.(MENUS) || !menu.open) return;
    close(menu);
    place(menu);
  }, true);

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-export]");
    const menu = event.target.closest?.(MENUS);
    if (button) {
      menu.open = false;
      menu.firstElementChild.focus({ preventScroll: true });
      hand(menu, button.dataset.export);
    } else close(event.target.closest?.("summary") ? menu : null);
  });

  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector(`:is(${MENUS})[open]`);
    if (!open) return;
    open.open = false;
    open.firstElementChild.focus();
  });

  addEventListener("scroll", (event) => {
    if (!event.target.closest?.(MENUS)) close(null);
  }, { capture: true, passive: true });
  addEventListener("resize", () => close(null));

  function hand(menu, kind) {
    const { of: page, table, name } = menu.dataset;
    if (kind === "png") picture(menu, page, table, name);
    else fetchFile(page, table, kind);
  }

  const version = () => board.live.shown()?.version ?? null;

  function address(page, table, kind) {
    const asked = new URLSearchParams(location.search);
    for (const name of ["theme", "wall", "pages"]) asked.delete(name);
    if (version() !== null) asked.set("frame", version());
    if (table) asked.set("table", table);
    return `/xuat/${page}.${kind}?${asked}`;
  }

  async function picture(menu, page, table, name) {
    const own = menu.closest(".panel, .card, .main");
    const whole = !own;
    const node = own ?? document.getElementById("main");
    const file = `${[page, table].filter(Boolean).join("-")}${version() === null ? "" : `-v${version()}`}.png`;
    const line = track(file);
    try {
      const blob = await board.picture(node, { name: whole ? board.say(`page.${page}`) : name, page: board.say(`page.${page}`), whole });
      save(blob, file);
      line.done(blob.size);
    } catch (error) {
      line.fail(board.say("export.failed_png", { name }));
    }
  }

  async function fetchFile(page, table, kind) {
    const stop = new AbortController();
    const shown = version();
    const line = track(`${page}.${kind}`, () => stop.abort());
    try {
      const answer = await fetch(address(page, table, kind), { signal: stop.signal });
      if (!answer.ok) return line.fail(await refusal(answer, `${page}.${kind}`, shown));
      const name = decodeURIComponent(/filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? `${page}.${kind}`);
      const blob = await receive(answer, line, name);
      save(blob, name);
      line.done(blob.size, name);
    } catch (error) {
      if (stop.signal.aborted) line.remove();
      else line.fail(board.say("export.failed_offline", { file: `${page}.${kind}` }));
    }
  }

  async function refusal(answer, file, shown) {
    const { title } = await answer.json().catch(() => ({}));
    const status = title === "frame is not kept" ? 404 : { 401: 403, 403: 403, 503: 503 }[answer.status];
    return board.say(status ? `export.failed_${status}` : "export.failed", { file, version: shown === null ? "" : board.number(shown) });
  }

  async function receive(answer, line, name) {
    const reader = answer.body.getReader();
    const rows = Number(answer.headers.get("x-rows")) || 0;
    const pieces = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      size += value.length;
      line.tell(name, size, rows);
    }
    return new Blob(pieces, { type: answer.headers.get("content-type") });
  }

  function save(blob, name) {
    const link = board.make("a", { href: URL.createObjectURL(blob), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  const size = (bytes) =>
    bytes < 1_000_000 ? board.say("export.size_kb", { n: board.number(Math.ceil(bytes / 1000)) }) : board.say("export.size_mb", { n: board.number(bytes / 1e6, 1) });

  // One line a download: it appears when the download takes long, and says at the end what became of it.
  function track(file, cancel) {
    const node = board.make("div", { class: "download", "data-state": "coming" });
    const said = board.make("p", {}, board.say("export.preparing", { file }));
    const button = board.make("button", { type: "button", class: "button", "aria-label": board.say("export.cancel") }, "✕");
    node.append(said, button, board.make("i"));
    button.onclick = () => {
      if (cancel && node.dataset.state === "coming") cancel();
      else node.remove();
    };
    const show = setTimeout(() => region().append(node), PATIENCE_MS);
    const remove = () => {
      clearTimeout(show);
      node.remove();
    };
    const end = (state, text) => {
      clearTimeout(show);
      node.dataset.state = state;
      board.put(said, text);
      board.set(button, { "aria-label": board.say("export.close") });
      region().append(node);
    };
    return {
      remove,
      tell(name, bytes, rows) {
        const known = { file: name, size: size(bytes), rows: board.number(rows) };
        board.put(said, board.say(rows ? "export.receiving_rows" : "export.receiving", known));
      },
      done(bytes, name = file) {
        end("done", board.say("export.done", { file: name, size: size(bytes) }));
        setTimeout(remove, SHOWN_MS);
      },
      fail: (text) => end("failed", text),
    };
  }

  function region() {
    const found = document.querySelector(".downloads");
    if (found) return found;
    const made = board.make("div", { class: "downloads", role: "status", "aria-live": "polite" });
    document.body.append(made);
    return made;
  }

  Object.assign(board, { closeMenus: close });
})();
