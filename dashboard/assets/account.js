// Who is signed in; the form says what failed and where to go on to.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  let me = { name: null };

  async function ask() {
    try {
      const answer = await fetch("/api/v1/me", { headers: { accept: "application/json" } });
      if (answer.ok) me = await answer.json();
    } catch {
      // The link says that the server is away; who one is can wait.
    }
    paint();
  }

  function paint() {
    const link = document.getElementById("account");
    if (link && window.dash_clientside.board.say) {
      link.textContent = me.name ?? board.say("page.sign_in");
      link.title = me.name ? board.say("account.signed_in", { name: me.name, role: board.say(`account.${me.role}`) }) : "";
    }
    form();
  }

  function form() {
    const failed = document.getElementById("sign-in-failed");
    if (!failed) return;
    const asked = new URLSearchParams(location.search);
    failed.textContent = asked.get("failed") ? board.say("account.failed") : "";
    for (const node of document.querySelectorAll('.sign-in form[action="/dang-nhap"]')) {
      node.hidden = Boolean(me.name);
      if (!node.querySelector('input[name="next"]')) node.append(board.make("input", { type: "hidden", name: "next" }));
      node.querySelector('input[name="next"]').value = asked.get("next") ?? "/";
    }
    document.getElementById("sign-out").hidden = !me.name;
    document.getElementById("signed-in").textContent = me.name ? board.say("account.signed_in", { name: me.name, role: board.say(`account.${me.role}`) }) : "";
  }

  // Painted with each page; asked once.
  let asked = null;
  function account(words) {
    if (!words) return window.dash_clientside.no_update;
    board.speak(words);
    asked ??= ask();
    asked.then(paint);
    return "";
  }

  Object.assign(board, { account, me: () => me });
})();
