// What stands on a page beside its numbers: whether they still answer what is asked, and whether they may be judged.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const PATIENCE_MS = 400; // after which numbers of an earlier question pale
  const LONG_MS = 4_000; // after which it is said that the answer does not come
  const ASKED = ["geo", "unit", "field", "cat", "win"]; // what answers depend on; the rest is chosen among what is there
  let timers = null;
  let asking = null; // the page that waits

  function mark(waiting) {
    board.set(document.getElementById("main"), { "data-waiting": waiting });
    const line = document.querySelector('#banner [data-part="waits"]');
    if (line) board.put(line, waiting === "long" ? board.say("live.waits") : "");
  }

  const pageNow = () => document.querySelector("[data-page]")?.dataset.page;

  function wait(isWaiting) {
    asking = pageNow();
    if (isWaiting === (timers !== null)) return;
    timers?.forEach(clearTimeout);
    timers = isWaiting ? [setTimeout(() => mark("yes"), PATIENCE_MS), setTimeout(() => mark("long"), LONG_MS)] : null;
    if (!isWaiting) mark(null);
  }

  // Whether what the server said answers another question than the one that is asked now: painters leave it alone then,
  // its numbers pale until the answer is there.
  function waits(view, ...told) {
    const isOther = (data) => Boolean(data?.asked) && ASKED.some((key) => (data.asked[key] ?? "") !== (view.state[key] ?? ""));
    const isWaiting = told.some(isOther);
    wait(isWaiting);
    return isWaiting;
  }

  // A page that was left waits no more.
  const left = () => timers && asking !== pageNow() && wait(false);

  // Numbers whose feed is silent, failing or old are shown, and not judged: nothing of the page wears a colour.
  const stands = (isSilent) => board.set(document.getElementById("main"), { "data-silent": isSilent ? "yes" : null });

  const isSilent = (view, dataset) => board.health(view, dataset).state !== "live";

  Object.assign(board, { waits, left, stands, isSilent });
})();
