// Plotly is fetched by the first chart that needs it, not by every page; Dash would name its whole bundle instead.
(function () {
  "use strict";
  const address = document.querySelector('meta[name="plotly"]')?.content;
  if (address) Object.defineProperty(window, "_dashPlotlyJSURL", { get: () => address, set() {} });
})();
