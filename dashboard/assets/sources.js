// The feeds, each with its state, its ages and its last run; and the refused rows counted by reason.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const REFRESH_MS = 5_000;
  const STATUS = { live: "fine", silent: "late", failing: "late", never: "unknown" };
  let told = 0;

  // The frame's version, at most every five seconds: the tables are read again when it changes.
  function versions(frame, before) {
    const now = Date.now();
    if (!frame || frame.version === before || now - told < REFRESH_MS) return window.dash_clientside.no_update;
    told = now;
    return frame.version;
  }

  function create() {
    const card = board.make("article", { class: "card feed" });
    const parts = { name: "h2", state: "p", event: "p", fetched: "p", error: "p", run: "p", speed: "p", held: "p" };
    for (const [name, tag] of Object.entries(parts)) card.append(board.make(tag, { class: name, "data-part": name }));
    board.part(card, "state").append(board.make("i"), board.make("b"), board.make("span"));
    for (const name of ["event", "fetched"]) board.part(card, name).append(board.make("span"), board.make("b"));
    return card;
  }

  function state(node, feed, old) {
    const [mark, name, limit] = node.children;
    mark.className = `mark ${(!old && STATUS[feed.state]) || "unknown"}`;
    board.set(mark, { "aria-hidden": "true" });
    board.put(name, board.say(old ? "feed.old" : `feed.${feed.state}`));
    board.put(limit, board.say("sources.late_after", { age: board.age(feed.late_after_s) }));
  }

  function since(node, key, at) {
    board.put(node.children[0], board.say(key));
    if (at) board.aged(node.children[1], at, "age.ago");
    else {
      board.aged(node.children[1], null);
      board.put(node.children[1], "–");
    }
  }

  function run(card, load) {
    if (!load) {
      board.put(board.part(card, "run"), board.say("sources.unread"));
      board.put(board.part(card, "speed"), "");
      return;
    }
    const counts = Object.fromEntries(["read", "merged", "unchanged", "refused"].map((name) => [name, board.number(load[name] ?? 0)]));
    const done = load.load_id && load.load_state !== "running";
    const text = load.load_state === "running" ? board.say("sources.running") : done ? board.say("sources.sum", counts) : board.say("sources.no_run");
    board.put(board.part(card, "run"), text);
    const speed = done ? load.rows_per_s : null;
    board.put(board.part(card, "speed"), speed ? board.say("sources.speed", { n: board.number(speed) }) : "");
  }

  // One plain sentence; the log has the rest.
  const firstLine = (error) => error.split("\n")[0];

  function update(sources, old) {
    return (card, [id, feed]) => {
      board.put(board.part(card, "name"), board.feedTitle(id, feed));
      state(board.part(card, "state"), feed, old);
      since(board.part(card, "event"), "sources.event", feed.event_at);
      since(board.part(card, "fetched"), "sources.fetched", feed.fetched_at);
      board.put(board.part(card, "error"), feed.error ? board.say("sources.error", { error: firstLine(feed.error) }) : "");
      run(card, sources ? sources.feeds[id] ?? {} : null);
      const n = sources?.feeds[id]?.held ?? 0;
      board.put(board.part(card, "held"), !sources ? "" : n ? board.say("sources.held", { n: board.number(n) }) : board.say("sources.no_held"));
      board.set(board.part(card, "held"), { "data-held": n ? "yes" : null });
    };
  }

  function feeds(frame, sources, words, link) {
    const node = document.getElementById("feeds");
    if (!node || !frame || !words) return window.dash_clientside.no_update;
    board.speak(words, frame.timezone);
    board.set(document.getElementById("main"), { "data-unread": sources ? null : "yes" });
    const all = Object.entries(frame.feeds ?? {});
    board.keyed(node, all, ([id]) => id, create, update(sources, link?.old));
    node.dataset.none = all.length ? "" : board.say("sources.no_feeds");
    paintReasons(document.getElementById("reasons"), sources);
    return frame.version;
  }

  function paintReasons(node, sources) {
    const reasons = Object.entries(sources?.reasons ?? {}).sort((one, other) => other[1] - one[1]);
    board.keyed(node, reasons, ([reason]) => reason, () => board.make("span", { class: "refusal" }, board.make("b"), board.make("span")),
      (item, [reason, n]) => {
        board.put(item.children[0], board.number(n), "reasons");
        board.put(item.children[1], board.say(`reason.${reason.replaceAll(" ", "_")}`));
      });
  }

  Object.assign(board, { versions, feeds });
})();
