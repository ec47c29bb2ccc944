// How the tables write their cells, and what they look like (the grid asks for functions under this name).
(function () {
  "use strict";
  const board = window.dash_clientside.board;
  const functions = (window.dashAgGridFunctions ??= {});
  const known = (value) => value !== null && value !== undefined && value !== "";
  const word = (prefix) => (value) => (known(value) ? board.say(`${prefix}${String(value).replaceAll(" ", "_")}`) : "");

  functions.gridNumber = (value) => (known(value) ? board.number(value) : "");
  functions.gridSeconds = (value) => (known(value) ? board.number(value, value < 10 ? 1 : 0) : "");
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
