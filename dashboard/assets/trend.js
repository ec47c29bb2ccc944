// The last days of a number as a small line, with the notes that belong to it.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});

  // `series`: one list of values, or a low and a high one; the notes are those of numbers (`names`) of a unit on `days`,
  // whose last ones the values are of.
  function trend(node, name, series, { days, unit, names, size = [] }) {
    const n = series[0]?.length ?? 0;
    board.spark(node, n ? series : [[]], board.say("tile.trend", { name, n }), ...size);
    board.noteLine(node, n ? days?.slice(-n) : [], unit, names);
  }

  Object.assign(board, { trend });
})();
