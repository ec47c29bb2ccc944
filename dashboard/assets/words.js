// Words, numbers, dates and names as the page's language writes them.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  let words = {};
  let locale = "vi-VN";
  let zone = "Asia/Ho_Chi_Minh";
  let formats = {};

  function speak(next, timezone) {
    if (!next) return;
    if (next !== words || (timezone && timezone !== zone)) formats = {};
    words = next;
    zone = timezone || zone;
    locale = words["format.locale"] ?? locale;
  }

  // What a feed is called in the page's language, where the profile says it.
  const feedTitle = (id, feed) => board.registry?.profile?.rules?.feed_titles?.[id]?.[board.language()] ?? feed?.title ?? id;

  function say(key, values) {
    const sentence = words[key] ?? key;
    return sentence.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
  }

  function format(kind, options, make) {
    const key = kind + JSON.stringify(options);
    return (formats[key] ??= make());
  }

  function number(value, digits = 0) {
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return format("n", options, () => new Intl.NumberFormat(locale, options)).format(value);
  }

  function signed(value, digits = 0) {
    const text = number(Math.abs(value), digits);
    if (Number(Math.abs(value).toFixed(digits)) === 0) return "±" + text;
    return (value > 0 ? "+" : "−") + text;
  }

  const percent = (fraction, digits = 1) => say("format.percent", { value: number(100 * fraction, digits) });

  function dated(at, options) {
    const all = { timeZone: zone, ...options };
    return format("d", all, () => new Intl.DateTimeFormat(locale, all)).format(new Date(at));
  }

  const HOURS = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = (at) => dated(at, { day: "2-digit", month: "2-digit", year: "numeric" });
  const weekday = (at) => dated(at, { weekday: "long" });

  // The time of an instant; with its day when that is not today.
  function clock(at, seconds = true) {
    const time = dated(at, seconds ? { ...HOURS, second: "2-digit" } : HOURS);
    return day(at) === day(board.now()) ? time : `${time} ${day(at)}`;
  }

  const dateTime = (at) => dated(at, { ...HOURS, day: "2-digit", month: "2-digit", year: "numeric" });

  function age(seconds) {
    const s = Math.max(0, Math.floor(seconds));
    if (s < 60) return say("age.seconds", { n: s });
    if (s < 3600) return say("age.minutes", { n: Math.floor(s / 60) });
    if (s < 172800) return say("age.hours", { n: Math.floor(s / 3600) });
    return say("age.days", { n: number(Math.floor(s / 86400)) });
  }

  const ago = (seconds) => say("age.ago", { age: age(seconds) });

  // Letters without their marks: "Gò Vấp" and "go vap" are the same.
  const fold = (text) =>
    text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase().trim();

  function unitName(unit) {
    return words["format.locale"]?.startsWith("en") ? unit.name_en || unit.name_vi : unit.name_vi || unit.name_en;
  }

  const list = (key) => (words[key] || "").split("|").filter(Boolean);

  // The name without its kind ("Quận Gò Vấp" → "Gò Vấp"), but "Quận 1" stays whole.
  function shortName(unit) {
    const name = unitName(unit);
    const prefix = list("unit.prefixes").find((one) => name.startsWith(one) && !/^\d/.test(name.slice(one.length)));
    const suffix = list("unit.suffixes").find((one) => name.endsWith(one));
    return name.slice(prefix?.length ?? 0, suffix ? -suffix.length : undefined);
  }

  const collator = new Intl.Collator("vi", { numeric: true });
  const byName = (one, other) => collator.compare(shortName(one), shortName(other));

  Object.assign(board, {
    speak, feedTitle, say, number, signed, percent, day, weekday, clock, dateTime, age, ago, fold, unitName, shortName, byName,
    compare: collator.compare,
    language: () => (locale.startsWith("en") ? "en" : "vi"),
  });
})();
