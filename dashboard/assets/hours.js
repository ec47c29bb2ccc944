// Today by hour against a usual day: the traces of the chart that layouts/figures.py lays out.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const EARLIEST = 7;
  const LATEST = 17;
  const LEAST = 0.02; // of the busiest hour: what would not be seen is not given room

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // The hours worth showing: office hours, and whatever else has anything in it.
  function span(hours) {
    const most = Math.max(1, ...(hours.received ?? []), ...(hours.usual_received ?? []).map((value) => value ?? 0));
    const busy = (hour) => [hours.received, hours.finished, hours.usual_received].some((list) => (list?.[hour] ?? 0) > LEAST * most);
    let first = EARLIEST;
    let last = LATEST;
    for (let hour = 0; hour < 24; hour += 1) {
      if (!busy(hour)) continue;
      first = Math.min(first, hour);
      last = Math.max(last, hour);
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }

  function currentHour(view) {
    const hour = new Intl.DateTimeFormat("en-US", { hour: "2-digit", hourCycle: "h23", timeZone: view.frame.timezone });
    return Number(hour.format(new Date(view.frame.as_of)));
  }

  // The hour that still runs is paler: it is not whole yet. Hours to come have no bar.
  function bars(name, values, hours, now, colour) {
    return {
      type: "bar",
      name: board.say(`hours.${name}`),
      x: hours.map((hour) => hour + 0.5),
      y: hours.map((hour) => (hour > now ? null : values?.[hour] ?? null)),
      marker: { color: colour, opacity: hours.map((hour) => (hour === now ? 0.55 : 1)), line: { width: 0 } },
      hovertemplate: "%{y:,d}<extra>%{fullData.name}</extra>",
    };
  }

  function usualName(view) {
    return board.say("hours.usual", { weekday: board.weekday(view.frame.hours.day + "T12:00:00Z") });
  }

  function usual(view, hours, colour) {
    return {
      type: "scatter",
      mode: "lines",
      name: usualName(view),
      x: hours.map((hour) => hour + 0.5),
      y: hours.map((hour) => view.frame.hours.usual_received?.[hour] ?? null),
      line: { color: colour, width: 2, dash: "dash", shape: "spline", smoothing: 0.6 },
      connectgaps: false,
      hovertemplate: "%{y:,.0f}<extra>%{fullData.name}</extra>",
    };
  }

  // The whole day, or what the reader has zoomed to: uirevision alone forgets a zoom into a range that we gave.
  let given = null;

  function range(hours) {
    const axis = document.querySelector("#hours-chart .js-plotly-plot")?.layout?.xaxis;
    const isZoomed = given && axis?.range && !axis.autorange && String(axis.range) !== String(given);
    if (isZoomed) return [...axis.range];
    given = [hours[0], hours[hours.length - 1] + 1];
    return [...given];
  }

  function axes(layout, hours, size, most) {
    const room = document.getElementById("hours-chart")?.clientWidth ?? 400;
    const step = Math.ceil((hours.length * 3.4 * size) / room);
    const ticks = hours.filter((hour, i) => i % step === 0);
    const font = { family: style("--font"), size, color: style("--mute") };
    return {
      ...layout,
      font,
      hoverlabel: { bgcolor: style("--card"), bordercolor: style("--line"), font: { ...font, color: style("--ink") } },
      xaxis: {
        ...layout.xaxis,
        range: range(hours),
        tickvals: ticks.map((hour) => hour + 0.5),
        ticktext: ticks.map((hour) => board.say("format.hour", { hour })),
        unifiedhovertitle: { text: "%{x}" },
        tickfont: font,
        tickangle: 0,
      },
      yaxis: { ...layout.yaxis, range: [0, 1.08 * most], gridcolor: style("--line"), tickfont: font },
      dragmode: matchMedia("(pointer: coarse)").matches ? false : layout.dragmode,
    };
  }

  function hoursFigure(view, figure) {
    const hours = span(view.frame.hours);
    const now = currentHour(view);
    const size = 0.72 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const data = [
      bars("received", view.frame.hours.received, hours, now, style("--accent")),
      bars("finished", view.frame.hours.finished, hours, now, style("--accent-soft")),
      usual(view, hours, style("--mute")),
    ];
    const left = Math.round(3.4 * size);
    const most = Math.max(8, ...data.flatMap((trace) => trace.y.map((value) => value ?? 0)));
    const layout = axes({ ...figure.layout, margin: { l: left, r: 8, t: 8, b: Math.round(2.2 * size) } }, hours, size, most);
    return { data, layout };
  }

  // What the chart shows, as words and marks in the panel's head (the legend).
  function paintHoursNote(node, view) {
    const text = `${usualName(view)}|${view.unit ? "city" : ""}`;
    if (node.dataset.drawn === text) return;
    node.dataset.drawn = text;
    const key = (kind, words) => board.make("span", { class: "key" }, board.make("i", { class: `stroke ${kind}` }), words);
    node.replaceChildren(
      key("received", board.say("hours.received")), key("finished", board.say("hours.finished")), key("usual", usualName(view)),
    );
    if (view.unit) node.append(board.say("hours.city"));
  }

  Object.assign(board, { hoursFigure, paintHoursNote });
})();
