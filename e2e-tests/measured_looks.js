// What a page looks like, as text: for each part of it its elements in order, with their boxes and what they are
// painted with. Returns {part: [{at, words, box, paint}]} as JSON; nothing has a box that is not shown.
async (parts) => {
  // Letters are as wide on every machine: nothing is drawn with a font of the machine's own.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { text-rendering: geometricPrecision !important; }");
  document.adoptedStyleSheets = [sheet];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data;
    const latin = text.replace(/[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/gu, "n");
    if (latin !== text) texts.currentNode.data = latin;
  }
  const ours = [...document.fonts].map((font) => font.family.replaceAll('"', ""));
  const isOurs = (family) => ours.includes(family.split(",")[0].replaceAll('"', ""));
  // Kept for the next look, for which the page is measured as it is then.
  document.familyOf ??= new Map([...document.querySelectorAll("*")].map((one) => [one, getComputedStyle(one).fontFamily]));
  for (const [one, family] of document.familyOf) {
    if (!isOurs(family)) one.style.setProperty("font-family", ours[0], "important");
  }
  await document.fonts.ready;

  const INHERITED = ["color", "font-size", "font-weight", "font-style", "letter-spacing", "line-height",
    "text-align", "text-transform", "white-space"];
  const INITIAL = { "background-color": "#0000", "background-image": "none", "box-shadow": "none", "opacity": "1",
    "outline-style": "none", "transform": "none", "filter": "none", "mask-image": "none", "clip-path": "none",
    "text-decoration-line": "none", "visibility": "visible" };
  const SIDES = ["top", "right", "bottom", "left"];
  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();

  // Any way to write a colour becomes the same one.
  function hex(colour) {
    if (!known.has(colour)) {
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
      const digits = [...brush.getImageData(0, 0, 1, 1).data].map((one) => one.toString(16).padStart(2, "0"));
      known.set(colour, digits[3] === "00" ? "#0000" : "#" + digits.slice(0, digits[3] === "ff" ? 3 : 4).join(""));
    }
    return known.get(colour);
  }
  const tidy = (value) => value
    .replace(/(?:rgba?|hsla?|color|oklab|oklch|lab|lch)\([^()]*\)/g, hex)
    .replace(/url\("[^"]*\/([^"/]*)"\)/g, "url($1)")
    .replace(/\d+\.\d+/g, (number) => String(Math.round(number * 10) / 10));
  const short = (text) => [...text].reduce((sum, one) => Math.imul(sum ^ one.codePointAt(0), 16777619), 2166136261) >>> 0;

  function borders(style) {
    const all = SIDES.map((side) => {
      const width = style.getPropertyValue(`border-${side}-width`);
      const kind = style.getPropertyValue(`border-${side}-style`);
      return width === "0px" || kind === "none" ? "none" : tidy(`${width} ${kind} ${style.getPropertyValue(`border-${side}-color`)}`);
    });
    return new Set(all).size === 1 ? all[0] : all.join(", ");
  }
  function painted(style, above) {
    const found = {};
    for (const name of INHERITED) {
      const value = style.getPropertyValue(name);
      if (!above || value !== above.getPropertyValue(name)) found[name] = tidy(value);
    }
    for (const [name, initial] of Object.entries(INITIAL)) {
      const value = tidy(style.getPropertyValue(name));
      if (value !== initial) found[name] = value;
    }
    const border = borders(style);
    if (border !== "none") found.border = border;
    const corners = tidy(style.borderRadius);
    if (corners !== "0px") found.corners = corners;
    return found;
  }
  function pseudo(element, which, style) {
    const own = getComputedStyle(element, which);
    if (["none", "normal"].includes(own.content)) return {};
    const size = tidy(`${own.width} ${own.height}`);
    const paint = Object.entries(painted(own, style)).map(([name, value]) => `${name} ${value}`).join("; ");
    return { [which]: `${own.content} ${size}; ${paint}` };
  }
  // A drawing is told by one number, of its shapes and their colours.
  function drawing(svg) {
    const colours = [...svg.querySelectorAll("*")].map((one) => {
      const style = getComputedStyle(one);
      return tidy(`${style.fill} ${style.stroke} ${style.strokeWidth} ${style.opacity}`);
    });
    return { drawing: short(svg.innerHTML.replace(/\s+/g, " ") + colours.join()).toString(16) };
  }

  function element(one, root) {
    const style = getComputedStyle(one);
    const above = one === root ? null : getComputedStyle(one.parentElement);
    const isShown = one.checkVisibility() && one.localName !== "option";
    const box = one.getBoundingClientRect();
    // From what stands before it, or the begin of what it stands in, so that one thing that grows moves nothing else.
    const before = one === root ? null : one.previousElementSibling?.getBoundingClientRect();
    const around = one === root ? { left: 0, top: box.top } : one.parentElement.getBoundingClientRect();
    const [left, top] = before?.width ? [before.right, before.bottom] : [around.left, around.top];
    let depth = 0;
    for (let it = one; it !== root; it = it.parentElement) depth++;
    const words = [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data);
    const family = tidy(document.familyOf.get(one));
    return {
      at: `${depth} ${one.localName}${[...one.classList].map((name) => `.${name}`).join("")}`,
      words: words.join(" ").replace(/\s+/g, " ").trim().slice(0, 24),
      box: isShown && [box.left - left, box.top - top, box.width, box.height].map((one) => Math.round(one * 10) / 10),
      paint: isShown && {
        ...(one === root || family !== tidy(document.familyOf.get(one.parentElement)) ? { "font-family": family } : {}),
        ...painted(style, above), ...(one.localName === "svg" ? drawing(one) : {}),
        ...pseudo(one, "::before", style), ...pseudo(one, "::after", style),
      },
    };
  }
  const all = Object.entries(parts).map(([part, selector]) => {
    const root = document.querySelector(selector);
    const elements = [root, ...root.querySelectorAll("*")].filter((one) => !one.parentElement.closest("svg"));
    return [part, elements.map((one) => element(one, root))];
  });
  return JSON.stringify(Object.fromEntries(all));
}
