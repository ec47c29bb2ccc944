// Plotly is fetched by the first chart that needs it, not by every page.
(function () {
  "use strict";
  window._dashPlotlyJSURL = document.querySelector('meta[name="plotly"]')?.content;
})();
