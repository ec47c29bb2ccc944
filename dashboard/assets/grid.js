// How the tables write their cells, and what they look like (the grid asks for functions under this name).
(function () {
  "use strict";
  const board = window.dash_clientside.board;
  const functions = (window.dashAgGridFunctions ??= {});
  const known = (value) => value !== null && value !== undefined && value !== "";
  const word = (prefix) => (value) => (known(value) ? board.say(`${prefix}${String(value).replaceAll(" ", "_")}`) : "");

  // The grid's own script is large, and one page needs it: it is fetched when a table is to be shown. Without it (there is
  // no network) its place stays empty.
  const address = document.querySelector('meta[name="grid"]')?.content;
  let Fetched = null;

  const fetch_ = () =>
    new Promise((done) => {
      const script = board.make("script", { src: address });
      const own = window.dash_ag_grid;
      script.onload = () => {
        done({ default: window.dash_ag_grid.AgGrid });
        window.dash_ag_grid = own;
      };
      script.onerror = () => done({ default: () => null });
      document.head.append(script);
    });

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
