// Judgement by the profile's thresholds: the rules of indicators/judgement.py, in the browser.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});

  const missing = (value) => value === null || value === undefined;

  // The number of a count or a rate; null when it cannot be judged.
  function measured(value, minimum) {
    if (missing(value)) return null;
    if (typeof value !== "object") return value;
    return value.of < minimum || missing(value.value) ? null : value.value;
  }

  // "late", "watch", "fine" or "unknown" for a count, a rate {value, n, of} or null. A line is crossed beyond it.
  function judge(indicator, value, thresholds, minimum = 0) {
    const threshold = thresholds[indicator];
    const number = measured(value, minimum);
    if (!threshold || number === null) return "unknown";
    const { watch, late } = threshold;
    const beyond = (line) => (watch > late ? number < line : number > line);
    if (beyond(late)) return "late";
    return beyond(watch) ? "watch" : "fine";
  }

  // Wilson score interval of good among n, as fractions; null for n = 0.
  function wilson(good, n, z = 1.96) {
    if (!n || missing(good)) return null;
    const share = good / n;
    const spread = (z * z) / n;
    const middle = share + spread / 2;
    const reach = z * Math.sqrt((share * (1 - share)) / n + spread / (4 * n));
    return [Math.max(0, (middle - reach) / (1 + spread)), Math.min(1, (middle + reach) / (1 + spread))];
  }

  Object.assign(board, { judge, wilson });
})();
