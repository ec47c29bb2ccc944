// How the tables write their cells, and what they look like (the grid asks for functions under this name).
(function () {
  "use strict";
  const board = window.dash_clientside.board;
  const functions = (window.dashAgGridFunctions ??= {});
  const known = (value) => value !== null && value !== undefined && value !== "";
  const word = (prefix) => (value) => (known(value) ? board.say(`${prefix}${String(value).replaceAll(" ", "_")}`) : "");

  // The grid's own scripts are large, and one page needs them: they are fetched when a table is to be shown. Both parts,
  // since the grid itself asks for the second one once and never again. Without them (there is no network) its place stays
  // empty, and they are asked for until they come.
  const address = document.querySelector('meta[name="grid"]')?.content;
  const PARTS = address ? [new URL("async-community.js", new URL(address, location)).pathname, address] : [];
  const AGAIN_MS = 5_000;
  let Fetched = null;

  const run = (src) =>
    new Promise((done, failed) => {
      document.head.append(Object.assign(board.make("script", { src }), { onload: done, onerror: failed }));
    });

  // The grid, as its script left it under the name that stands for it here.
  function taken(own) {
    const { AgGrid } = window.dash_ag_grid;
    window.dash_ag_grid = own;
    return AgGrid;
  }

  async function fetch_() {
    const own = window.dash_ag_grid;
    for (;;) {
      try {
        const [, grid] = await Promise.all([run(PARTS[0]), run(PARTS[1]).then(() => taken(own))]);
        return { default: grid };
      } catch (error) {
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
  }

  function AgGrid(props) {
    const { createElement, lazy, Suspense } = window.React;
    Fetched ??= lazy(fetch_);
    return createElement(Suspense, { fallback: null }, createElement(Fetched, props));
  }

  AgGrid.dashRenderType = true; // as the grid's own
  if (address) window.dash_ag_grid = { AgGrid };

  functions.gridNumber = (value) => (known(value) ? board.number(value) : "");
  functions.gridSeconds = (value) => (known(value) ? board.number(value, value < 10 ? 1 : 0) : "");
  functions.gridFeed = (value) => board.feedTitle(value, board.live?.newest()?.feeds?.[value]);
  functions.gridTime = (value) => (known(value) ? board.clock(value) : "");
  functions.gridLoadKind = word("load.kind_");
  functions.gridLoadState = word("load.state_");
  functions.gridReason = word("reason.");
  functions.gridSender = word("sources.sender_");
  functions.gridPercent = (value) => (known(value) ? board.percent(value) : "");
  functions.boardTheme = (quartz) =>
    quartz.withParams({
      fontFamily: "inherit", fontSize: "0.8rem", headerFontSize: "0.75rem", spacing: "0.36rem",
      backgroundColor: "var(--card)", foregroundColor: "var(--ink)", headerBackgroundColor: "var(--card)",
      headerTextColor: "var(--mute)", borderColor: "var(--line)", rowHoverColor: "var(--hover)",
      chromeBackgroundColor: "var(--card)", accentColor: "var(--accent)", wrapperBorder: false,
    });
})();
