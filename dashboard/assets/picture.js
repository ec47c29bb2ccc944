// A picture of a panel: its HTML, styles and fonts in one SVG, drawn on a canvas; with its title, frame and time on it.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const SCALE = 2;
  const MOST_PIXELS = 60e6; // beyond this browsers refuse a canvas
  const FONTS = ["/assets/fonts/inter-vietnamese-wght-normal.woff2", "/assets/fonts/inter-latin-wght-normal.woff2"];
  const QUIET = 4; // looks in a row that see the same
  const MOST_TRIES = 40;
  let fonts = null;

  // The rules that apply here and now, as one text: media queries are answered, the root is the picture's own.
  function rules(list) {
    let text = "";
    for (const rule of list) {
      if (rule instanceof CSSFontFaceRule || rule instanceof CSSImportRule) continue;
      if (rule instanceof CSSMediaRule) text += matchMedia(rule.conditionText).matches ? rules(rule.cssRules) : "";
      else text += `${rule.cssText}\n`;
    }
    return text;
  }

  function styles() {
    const all = [...document.styleSheets, ...document.adoptedStyleSheets].map((sheet) => {
      try {
        return rules(sheet.cssRules);
      } catch (error) {
        return ""; // a sheet of another origin: none of ours
      }
    });
    return all.join("\n").replaceAll(":root", ".picture-root");
  }

  async function face(address) {
    const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
    let text = "";
    for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
    return btoa(text);
  }

  // The two files of the typeface inside the picture: it can load nothing from outside.
  async function typeface() {
    fonts ??= Promise.all(FONTS.map(face));
    const sheets = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).filter((rule) => rule instanceof CSSFontFaceRule);
    const data = await fonts.catch((error) => {
      fonts = null;
      throw error;
    });
    return FONTS.map((address, i) => {
      const range = sheets.find((rule) => rule.cssText.includes(address.split("/").pop()))?.style.getPropertyValue("unicode-range");
      return `@font-face{font-family:"Inter Variable";font-weight:100 900;src:url(data:font/woff2;base64,${data[i]}) format("woff2");${range ? `unicode-range:${range};` : ""}}`;
    }).join("");
  }

  const scrolls = (way) => way === "auto" || way === "scroll";

  // What a copy of the elements does not bring along: what is scrolled away, typed in, or drawn on a canvas.
  function complete(from, to, whole) {
    const copies = to.querySelectorAll("*");
    let grown = false;
    from.querySelectorAll("*").forEach((node, i) => {
      const copy = copies[i];
      if (node instanceof HTMLInputElement) copy.setAttribute("value", node.value);
      if (node instanceof HTMLCanvasElement) copy.replaceWith(board.make("img", { src: node.toDataURL(), style: node.style.cssText }));
      if (whole) return;
      const { overflowX, overflowY } = getComputedStyle(node);
      if (scrolls(overflowY) && node.scrollHeight > node.clientHeight) {
        copy.style.cssText += ";overflow:visible;height:auto;max-height:none;flex:none";
        grown = true;
      }
      if (scrolls(overflowX) && node.scrollWidth > node.clientWidth + 1) copy.style.cssText += `;overflow:visible;width:${node.scrollWidth}px`;
    });
    for (const node of to.querySelectorAll("[id]")) node.removeAttribute("id");
    for (const node of to.querySelectorAll(".glow")) node.classList.remove("glow");
    const { width, height } = from.getBoundingClientRect();
    to.style.cssText += `;width:${width}px;margin:0;max-height:none;${grown ? "height:auto" : `height:${height}px`}`;
  }

  function around(copy, { name, page }) {
    const frame = board.live.shown();
    const title = document.querySelector('[data-part="brand"]')?.textContent ?? "";
    const line = frame ? board.say("export.line", { version: board.number(frame.version), time: `${board.clock(frame.as_of)} ${board.day(frame.as_of)}` }) : board.say("export.no_frame");
    const once = [...new Set([page, title])].filter((part) => part && part !== name).join(" · ");
    const notes = board.notesFor?.(copy) ?? [];
    return board.make("div", { class: "picture", lang: board.language() },
      board.make("div", { class: "picture-head" }, board.make("h1", {}, name), board.make("span", {}, once)),
      copy,
      board.make("div", { class: "picture-foot" },
        ...notes.map((note) => board.make("p", {}, note)),
        board.make("p", {}, [line, frame?.simulated ? board.say("app.simulated") : ""].filter(Boolean).join(" · "))));
  }

  // Return a PNG of an element: of a panel all of it, what is scrolled away too; of a whole page what is on the screen.
  async function picture(node, words) {
    const css = (await typeface()) + styles();
    const copy = node.cloneNode(true);
    complete(node, copy, words.whole);
    const sheet = around(copy, words);
    document.body.append(sheet);
    const { width, height } = sheet.getBoundingClientRect();
    const wide = Math.ceil(Math.max(width, sheet.scrollWidth));
    const high = Math.ceil(Math.max(height, sheet.scrollHeight));
    sheet.remove();
    sheet.style.cssText = "position:static;width:100%;height:100%";
    const root = getComputedStyle(document.documentElement);
    const wall = "wall" in document.documentElement.dataset ? " data-wall=''" : "";
    const html = new XMLSerializer().serializeToString(sheet);
    const body = `<div xmlns="http://www.w3.org/1999/xhtml" class="picture-root" data-filled="yes" data-theme="${document.documentElement.dataset.theme}"${wall} style="width:${wide}px;height:${high}px;font-family:${root.fontFamily.replaceAll('"', "'")}"><style>${escaped(css)}</style><div class="picture-body">${html}</div></div>`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}" style="font-size:${root.fontSize}"><foreignObject width="100%" height="100%">${body}</foreignObject></svg>`;
    return rasterize(svg, wide, high);
  }

  const escaped = (css) => `${css}.picture-root .picture-body{font:400 0.875rem/1.4 var(--font);font-feature-settings:"tnum" 1}`
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;");

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  async function rasterize(svg, wide, high) {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
    await image.decode();
    await settled(image);
    const canvas = draw(image, wide, high, Math.min(SCALE, Math.sqrt(MOST_PIXELS / (wide * high))));
    return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png"));
  }

  function draw(image, wide, high, scale) {
    const canvas = board.make("canvas", { width: Math.max(1, Math.round(wide * scale)), height: Math.max(1, Math.round(high * scale)) });
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.drawImage(image, 0, 0, wide, high);
    return canvas;
  }

  // A picture is decoded before its typeface is: wait until what is drawn no longer changes.
  async function settled(image) {
    let before = "";
    for (let same = 0, tries = 0; same < QUIET && tries < MOST_TRIES; tries += 1) {
      const now = draw(image, image.width, image.height, Math.min(1, 600 / image.width)).toDataURL();
      same = now === before ? same + 1 : 0;
      before = now;
      await pause(60);
    }
  }

  Object.assign(board, { picture });
})();
