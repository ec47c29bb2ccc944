// The frame of every page: the live line, notices, the footer with the ages of the feeds, the calm empty page.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});

  function liveParts(node) {
    if (node.firstElementChild) return;
    const [dot, state, frame, stamp, age] = ["dot", "state", "frame", "stamp", "age"].map((name) => board.make("span", { class: name, "data-part": name }));
    node.append(dot, board.make("span", { class: "live-line" }, state, frame), board.make("span", { class: "live-line" }, stamp, age));
  }

  function paintHeader(node, view, link) {
    liveParts(node);
    const state = link?.paused ? "user" : view?.old ? "stale" : link?.state ?? "connecting";
    node.dataset.state = state;
    const time = view ? board.clock(view.frame.as_of) : "";
    const words = {
      user: () => (view ? board.say("live.user_paused", { time }) : board.say("app.pause")),
      lost: () => board.say("live.lost"), paused: () => board.say("live.paused"), stale: () => board.say("live.stale"),
      connecting: () => board.say("live.connecting"), live: () => board.say("live.live"),
    };
    board.put(board.part(node, "state"), words[state]());
    board.put(board.part(node, "stamp"), view && state !== "user" ? board.say("live.stamp", { time }) : "");
    board.aged(board.part(node, "age"), view ? view.frame.as_of : null, "age.ago");
    board.put(board.part(node, "frame"), view ? board.say("live.frame", { version: board.number(view.frame.version) }) : "");
    const brand = document.querySelector('[data-part="brand"]');
    if (brand && view?.title) {
      board.put(brand, view.title);
      board.set(brand, { title: view.title });
    }
    const simulated = document.querySelector('[data-part="simulated"]');
    if (simulated) board.put(simulated, view?.frame.simulated ? board.say("app.simulated") : "");
  }

  function notice(view, link) {
    const time = (at) => board.clock(at, false);
    if (link?.paused || !view) return "";
    if (link?.state === "lost" && link.reason === "remembered") return board.say("offline.text", { time: time(view.frame.as_of) });
    if (link?.state === "lost") return board.say(link.reason === "full" ? "live.full_text" : "live.lost_text", { time: time(link.since) });
    if (view?.old) return board.say("live.old_text", { time: time(view.frame.as_of) });
    if (link?.state === "stale") return board.say("live.stale_text", { time: time(view.frame.as_of) });
    return link?.state === "paused" ? board.say("live.paused_text") : "";
  }

  function paintBanner(node, view, link) {
    if (!node.firstElementChild) node.append(board.make("p"), progress(), board.make("div", { "data-part": "waits" }));
    const [text, line] = node.children;
    board.put(text, notice(view, link));
    node.dataset.state = link?.state ?? "";
    fill(line, view?.frame.backfill);
  }

  function progress() {
    const node = board.make("div", { class: "progress" }, board.make("i"), board.make("span"));
    node.hidden = true;
    return node;
  }

  function fill(node, backfill) {
    const loading = Boolean(backfill && backfill.done < backfill.of);
    node.hidden = !loading;
    if (!loading) return;
    node.children[0].style.width = `${((100 * backfill.done) / backfill.of).toFixed(1)}%`;
    board.put(node.children[1], board.say("live.backfill", { done: board.number(backfill.done), of: board.number(backfill.of) }));
  }

  // No frame, or one in which nothing has come yet: a calm page that says so.
  function isEmpty(frame) {
    if (!frame) return true;
    const fed = (value) => value !== null && !(typeof value === "object" && value.value === null);
    return !Object.entries(frame.city ?? {}).some(([name, value]) => !name.startsWith("targets_") && fed(value));
  }

  function paintEmpty(node, frame, link) {
    const empty = isEmpty(frame);
    board.set(document.documentElement, { "data-filled": empty ? "no" : "yes" });
    if (!empty) return;
    if (!node.firstElementChild) {
      node.append(board.make("div", { class: "pulse" }), board.make("h1"), board.make("p"), board.make("p"), progress(), board.make("ul"));
    }
    const [, title, text, detail, line, feeds] = node.children;
    const kind = frame ? null : { lost: "broken", stale: "stale" }[link?.state];
    node.dataset.state = kind ? "broken" : "loading";
    board.put(title, board.say(kind ? `empty.${kind}_title` : "empty.title"));
    board.put(text, board.say(kind ? "empty.broken_text" : "empty.text"));
    const all = Object.entries(frame?.feeds ?? {});
    board.put(detail, frame && all.every(([, feed]) => feed.state === "never") ? board.say("empty.waiting") : "");
    fill(line, frame?.backfill);
    board.keyed(feeds, all, ([id]) => id, () => board.make("li"), (item, [id, feed]) => {
      board.put(item, `${board.feedTitle(id, feed)}: ${board.say(`feed.${feed.state}`)}`);
    });
  }

  function feedAge(item, id, feed, title, old) {
    if (!item.firstElementChild) item.append(board.make("i"), board.make("b"), board.make("span"));
    const [mark, name, age] = item.children;
    const fine = feed.state === "live" && !old;
    mark.className = `mark ${fine ? "fine" : "unknown"}`;
    board.set(mark, { role: "img", "aria-label": board.say(`feed.${feed.state}`) });
    board.put(name, title);
    if (feed.state === "live") board.aged(age, feed.event_at ?? feed.fetched_at, "age.ago");
    else board.aged(age, feed.event_at, `feed.is_${feed.state}`);
    if (feed.state !== "live" && !feed.event_at) board.put(age, board.say(`feed.${feed.state}`));
    board.set(item, { "data-tip": [board.feedTitle(id, feed), feed.error?.split("\n")[0]].filter(Boolean).join("\n"), "data-state": feed.state });
  }

  function paintFooter(node, view) {
    if (!node.firstElementChild) {
      for (const name of ["marks", "ages", "print"]) node.append(board.make("div", { class: name }));
    }
    const [marks, ages, print] = node.children;
    board.keyed(marks, ["late", "watch", "fine", "unknown"], (name) => name,
      (name) => board.make("span", {}, board.mark(name, false), board.make("span")),
      (item, name) => board.put(item.children[1], board.say(`status.${name}`)));
    const feeds = Object.entries(view?.frame.feeds ?? {});
    // Short names where they say enough: the dataset's, unless two feeds bring it.
    const brought = feeds.map(([, feed]) => feed.dataset);
    const isAlone = (dataset) => brought.indexOf(dataset) === brought.lastIndexOf(dataset);
    const title = (id, feed) => (isAlone(feed.dataset) ? board.say(`dataset.${feed.dataset}`) : board.feedTitle(id, feed));
    board.keyed(ages, feeds, ([id]) => id, () => board.make("span", { class: "feed-age" }),
      (item, [id, feed]) => feedAge(item, id, feed, title(id, feed), view.old));
    board.put(print, view ? `${board.say("live.frame", { version: board.number(view.frame.version) })} · ${board.clock(view.frame.as_of)} · ${board.day(view.frame.as_of)}` : "");
  }

  Object.assign(board, { paintHeader, paintBanner, paintEmpty, paintFooter });
})();
