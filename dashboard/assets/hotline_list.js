// The calls behind a number, fifty at a time; none of them tells of a person.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const skip = () => window.dash_clientside.no_update;
  let arrived = "";

  const time = (at) => (at ? board.clock(at, false) : "–");

  // How late: when it was closed, or until the frame's instant.
  function lateBy(view, row) {
    if (!row.due_at) return null;
    const end = row.ended_at ? Date.parse(row.ended_at) : Date.parse(view.frame.as_of);
    const minutes = (end - Date.parse(row.due_at)) / 60_000;
    return minutes > 0 ? minutes : null;
  }

  function title(view, listed, names) {
    const said = [
      board.say(`calls_list.${listed.kind}`),
      view.state.cat ? board.callName(names.get(view.state.cat) ?? { name_vi: view.state.cat }) : "",
      view.unit ? board.unitName(view.unit) : view.state.unit ? board.say("map.unassigned") : "",
      view.state.slot && listed.kind === "opened" ? hourOf(Number(view.state.slot)) : "",
    ];
    return said.filter(Boolean).join(" · ");
  }

  function hourOf(slot) {
    const day = new Date(Date.UTC(2024, 0, 1 + Math.floor(slot / 24)));
    const name = new Intl.DateTimeFormat(board.language() === "en" ? "en-US" : "vi-VN", { weekday: "long", timeZone: "UTC" }).format(day);
    return board.say("calls_list.hour", { day: name, from: slot % 24, to: (slot % 24) + 1 });
  }

  function columnsOf(view, names) {
    const text = (key, label, write) => ({ key, kind: "text", label: board.say(label), text: write });
    return [
      { key: "code", kind: "name", label: board.say("calls_list.code"), text: (row) => row.code },
      text("category", "calls.category", (row) => board.callName(names.get(row.category) ?? { name_vi: row.category })),
      text("unit", "calls.unit", (row) => board.shortName(board.callUnit(view, row.unit))),
      text("opened", "calls_list.opened_at", (row) => time(row.opened_at)),
      text("answered", "calls_list.answered_at", (row) => time(row.first_answer_at)),
      text("due", "calls_list.due_at", (row) => time(row.due_at)),
      text("closed", "calls_list.closed_at", (row) => time(row.ended_at)),
      { key: "late", kind: "number", label: board.say("calls_list.late_by"), text: (row) => (lateBy(view, row) === null ? "–" : board.paintWaitText(lateBy(view, row))), shade: (row) => (lateBy(view, row) === null ? "" : "strong") },
      text("reopened", "calls_list.reopened_at", (row) => time(row.reopened_at)),
    ];
  }

  function pages(node, listed) {
    const last = Math.max(1, Math.ceil(listed.total / listed.page_rows));
    const go = (page) => board.state.choose({ page: page > 1 ? String(page) : "" });
    const button = (key, page) => {
      const made = board.make("button", { type: "button", class: "button", disabled: page < 1 || page > last ? "" : null }, board.say(key));
      made.onclick = () => go(page);
      return made;
    };
    node.replaceChildren(
      board.make("span", {}, board.say("calls_list.page", { page: board.number(listed.page), of: board.number(last) })),
      button("grid.previous", listed.page - 1), button("grid.next", listed.page + 1),
    );
    node.hidden = last === 1;
  }

  function frameOf(node) {
    if (node.firstElementChild) return;
    const close = board.make("button", { type: "button", class: "button close" }, "✕");
    close.onclick = () => board.state.choose({ calls: "", slot: "", page: "" });
    node.append(
      board.make("div", { class: "panel-head" }, board.make("h2"), board.make("p", { class: "note" }), close),
      board.make("div", { class: "panel-body" }), board.make("div", { class: "pager" }),
    );
  }

  function callsList(frame, state, registry, words, link, listed, now) {
    const view = board.look(frame, state, registry, words, link, null);
    const node = document.getElementById("calls-list");
    if (!view || !node) return skip();
    node.hidden = !listed || !view.state.calls;
    if (node.hidden) {
      arrived = "";
      return frame.version;
    }
    frameOf(node);
    const names = new Map((now?.categories ?? []).map((row) => [row.code, row]));
    const [head, body, pager] = node.children;
    board.put(head.children[0], title(view, listed, names));
    board.put(head.children[1], board.say("calls_list.total", { n: board.number(listed.total) }));
    board.set(head.children[2], { "aria-label": board.say("calls_list.close") });
    board.paintTable(body, columnsOf(view, names), listed.rows, { key: (row) => row.code, question: null, none: board.say("calls_list.none") });
    pages(pager, listed);
    const asked = JSON.stringify([state?.calls, state?.unit, state?.cat, state?.slot, state?.win]);
    if (asked !== arrived) node.scrollIntoView({ block: "nearest", behavior: "smooth" });
    arrived = asked;
    return frame.version;
  }

  Object.assign(board, { callsList });
})();
