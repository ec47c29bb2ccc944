// Letters of apology: what each unit owes now and sent in the window, the files without a letter, the rules that bind.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const COLUMNS = ["owed", "overdue", "sent", "sent_late", "in_time_rate", "again", "too_long", "never_sent", "reviews_due", "reviews_overdue"];
  let list = { asked: null, rows: [], error: "", version: null };

  const known = (value) => value !== null && value !== undefined;
  const written = (value) => (known(value) ? board.number(value) : board.say("format.missing"));
  // Of the city, or of the chosen unit.
  const chosen = (view) => (view.unit ? view.frame.units[view.unit.key] ?? {} : view.frame.city);

  function total(view) {
    const rows = Object.entries(view.data?.units ?? {}).filter(([key]) => !view.unit || key === view.unit.key);
    return rows.reduce((sum, [, row]) => ({ sent: sum.sent + row.sent, late: sum.late + row.sent_late }), { sent: 0, late: 0 });
  }

  const letterSums = board.asking("letter-sums", (node, view) => {
    const now = chosen(view);
    const { sent, late } = total(view);
    const most = known(now.letters_owed) ? null : now.dossiers_late;
    const tiles = {
      owed: { value: known(most) ? `≤ ${board.number(most)}` : written(now.letters_owed), detail: board.say("letters.owed_detail"), status: known(now.letters_owed) ? null : "unknown" },
      overdue: { value: written(now.letters_overdue), detail: board.say("letters.overdue_detail"), status: view.silent || !known(now.letters_overdue) ? "unknown" : now.letters_overdue ? "late" : "fine" },
      in_time: { value: sent ? board.percent((sent - late) / sent) : board.say("format.missing"), detail: board.say("letters.sent_detail", { n: board.number(sent), late: board.number(late) }), status: sent ? null : "unknown" },
    };
    board.paintSums(node, tiles, `${view.held.win}|${view.state.unit}`);
  });

  function unitRow(view, key, row, values) {
    const short = (value) => (known(value) ? board.number(value) : "–");
    const cells = Object.fromEntries(COLUMNS.map((name) => [name, { text: short(row[name]), kind: row[name] ? null : "quiet" }]));
    cells.owed = { text: short(values.letters_owed) };
    cells.overdue = { text: short(values.letters_overdue), kind: values.letters_overdue ? "worst" : "quiet" };
    cells.in_time_rate = { text: row.sent ? board.percent((row.sent - row.sent_late) / row.sent) : "–", kind: row.sent ? null : "quiet" };
    if (row.reviews_overdue) cells.reviews_overdue.kind = "worst";
    const unit = view.byKey[key];
    return { key, name: unit ? board.shortName(unit) : key === "city" ? board.say("attribution.city") : board.say("map.unassigned"), cells, mark: values.letters_overdue ? (view.silent ? "unknown" : "late") : null, kind: key === "city" ? "whole" : null };
  }

  const letterUnits = board.asking("letter-units", (node, view, note) => {
    if (!view.data) return;
    const { units, fed, rules, first, through } = view.data;
    const said = !rules.length ? board.say("letters.no_rule") : fed ? board.say("letters.units_note", { first: board.day(`${first}T05:00:00Z`), last: board.day(`${through}T05:00:00Z`) }) : board.say("letters.not_fed");
    board.put(note, said);
    const now = (key) => view.frame.units[key] ?? {};
    const shown = Object.keys(units).filter((key) => !view.unit || key === view.unit.key);
    const weight = (key) => [now(key).letters_overdue ?? 0, now(key).letters_owed ?? 0, units[key].sent_late, units[key].never_sent];
    shown.sort((one, other) => weight(other).map((value, i) => value - weight(one)[i]).find((difference) => difference) ?? board.compare(one, other));
    const whole = shown.reduce((sum, key) => Object.fromEntries(Object.keys(units[key]).map((name) => [name, (sum[name] ?? 0) + units[key][name]])), {});
    const rows = shown.map((key) => unitRow(view, key, units[key], now(key)));
    board.paintLedger(node, {
      label: board.say("letters.units"), corner: board.say("letters.unit"), none: board.say("letters.no_rule"),
      columns: COLUMNS.map((name) => ({ key: name, name: board.say(`letters.${name}`) })),
      rows: rows.length && !view.unit ? [unitRow(view, "city", whole, view.frame.city), ...rows] : rows,
    });
  });

  // The list is read from the API, which tells case files only to whom may see them.
  async function read(asked, version, paint) {
    list = { ...list, asked, version };
    try {
      const answer = await fetch(`/api/v1/letters/owed?${asked}`, { headers: { Accept: "application/json" } });
      if (list.asked !== asked) return;
      list = answer.ok ? { ...list, ...(await answer.json()), error: "" } : { ...list, rows: [], error: answer.status === 401 ? "refused" : "broken" };
    } catch {
      if (list.asked === asked) list = { ...list, error: "broken" };
    }
    paint();
  }

  function caseRow(view, row) {
    const { lang, theme } = view.state;
    const unit = view.byKey[row.unit];
    const holder = row.agency ? board.holderName([row.agency, row.department], "attribution.no_steps") : board.say("attribution.no_steps");
    return {
      key: row.dossier_code, name: row.dossier_code, mark: view.silent ? "unknown" : row.is_overdue ? "late" : "watch",
      href: `/ho-so/${encodeURIComponent(row.dossier_code)}${board.state.search({ lang, theme })}`,
      cells: {
        unit: { text: unit ? board.shortName(unit) : board.say("map.unassigned"), kind: "text" },
        holder: { text: row.is_sent ? board.say("lateness.sent", { holder }) : holder, kind: "text" },
        due: { text: board.dateTime(row.due_at) },
        letter_by: { text: row.letter_by ? board.day(`${row.letter_by}T05:00:00Z`) : "–", kind: row.is_overdue ? "worst" : null },
        draft: { text: board.say("letters.draft"), href: `/thu-xin-loi/${encodeURIComponent(row.dossier_code)}.docx`, label: board.say("letters.draft_of", { code: row.dossier_code }) },
      },
    };
  }

  const letterCases = board.asking("letter-cases", (node, view, note) => {
    const asked = new URLSearchParams({ geo: view.state.geo ?? "", unit: view.state.unit ?? "" }).toString();
    const paint = () => {
      board.put(note, list.rows.length ? board.say("letters.cases_note", { n: board.number(list.rows.length) }) : "");
      board.paintLedger(node, {
        label: board.say("letters.cases"), corner: board.say("letters.code"), none: list.error ? board.say(`letters.${list.error}`) : board.say("letters.none"),
        columns: ["unit", "holder", "due", "letter_by", "draft"].map((name) => ({ key: name, name: board.say(`letters.${name}`), kind: ["unit", "holder"].includes(name) ? "text" : null })),
        rows: list.rows.map((row) => caseRow(view, row)),
      });
    };
    if (list.asked !== asked || !list.version || view.frame.version - list.version > 30) read(asked, view.frame.version, paint);
    else paint();
  });

  function ruleLines(rule) {
    const said = [];
    const day = (on) => board.day(`${on}T05:00:00Z`);
    said.push(rule.units ? board.say("letters.binds_some", { units: rule.units.join(", ") }) : board.say("letters.binds_all"));
    if (rule.from) said.push(board.say("letters.since", { day: day(rule.from) }));
    if (known(rule.within_working_days)) said.push(rule.within_working_days ? board.say("letters.within_days", { n: board.number(rule.within_working_days) }) : board.say("letters.within"));
    if (known(rule.interlinked_within_working_days)) said.push(board.say("letters.interlinked_days", { n: board.number(rule.interlinked_within_working_days) }));
    if (known(rule.at_most)) said.push(board.say("letters.at_most", { n: board.number(rule.at_most) }));
    if (known(rule.longest_extension)) said.push(board.say("letters.extension", { share: board.percent(rule.longest_extension, 0) }));
    if (known(rule.review_within_working_days)) said.push(board.say("letters.review", { n: board.number(rule.review_within_working_days) }));
    if (rule.signed_by === "head") said.push(board.say("letters.signed_head"));
    return said.join(" · ");
  }

  const letterRules = board.asking("letter-rules", (node, view) => {
    if (!view.data) return;
    if (!node.firstElementChild) node.append(board.make("ul", { class: "rule-list" }), board.make("p", { class: "calm" }));
    board.put(node.lastElementChild, view.data.rules.length ? "" : board.say("letters.no_rule"));
    board.keyed(node.firstElementChild, view.data.rules, (rule) => rule.id, () => board.make("li", {}, board.make("b"), board.make("p"), board.make("p", { class: "note" })), (item, rule) => {
      const title = board.language() === "en" ? rule.title_en : rule.title_vi;
      board.set(item, { class: rule.verified ? "verified" : null });
      board.put(item.children[0], title || rule.source);
      board.put(item.children[1], ruleLines(rule));
      board.put(item.children[2], `${board.say("letters.source", { source: rule.source })} · ${board.say(rule.verified ? "letters.verified" : "letters.provisional")}`);
    });
  });

  const letterPage = (...seen) => board.together([letterSums, letterUnits, letterCases, letterRules], seen);

  Object.assign(board, { letterPage });
})();
