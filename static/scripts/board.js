// The order board's keys, its selection, and news of what changed meanwhile. Without this file it is links and one form.

function startBoard() {
  const board = () => document.getElementById("board");
  const rows = () => [...document.querySelectorAll("[data-order]:not([data-gone])")];
  // Where nothing can be done with several orders, rows have no box.
  const boxOf = (row) => row.querySelector("input[name=order_id]");
  const picked = () => rows().filter((row) => boxOf(row)?.checked);
  const setPicked = (row, checked) => boxOf(row) && (boxOf(row).checked = checked);
  const rowOf = (element) => element?.closest?.("[data-order]") ?? null;
  const byId = (id) => (id ? document.getElementById(id) : null);

  // Telling: the words are the page's, in its language.

  const WORDS = document.getElementById("board-words").dataset;
  const say = (name, values = {}) => WORDS[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const written = (number) => new Intl.NumberFormat(document.documentElement.lang).format(number);

  let quietAgain;
  function tell(words) {
    const region = document.getElementById("status");
    region.replaceChildren(Object.assign(document.createElement("span"), { textContent: words }));
    clearTimeout(quietAgain);
    quietAgain = setTimeout(() => region.replaceChildren(), 6000);
  }

  // Selecting

  let lastPicked = "";

  function showSelection() {
    const count = picked().length;
    const all = rows().length;
    const words = document.querySelector("[data-count]");
    if (words) {
      words.textContent = count ? say("some", { some: written(count), all: written(all) }) : say("none");
      words.toggleAttribute("data-some", count > 0);
    }
    const pickAll = document.querySelector("[data-pick-all] input");
    if (pickAll) {
      pickAll.checked = count > 0 && count === all;
      pickAll.indeterminate = count > 0 && count < all;
    }
  }

  function pick(row, checked, { upTo = false } = {}) {
    const all = rows();
    const from = upTo ? all.findIndex((one) => one.id === lastPicked) : -1;
    const to = all.indexOf(row);
    const range = from < 0 ? [row] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
    for (const one of range) setPicked(one, checked);
    lastPicked = row.id;
    showSelection();
  }

  function pickAll(checked) {
    for (const row of rows()) setPicked(row, checked);
    showSelection();
  }

  document.addEventListener("click", (event) => {
    const row = rowOf(event.target);
    if (row && event.target === boxOf(row)) pick(row, event.target.checked, { upTo: event.shiftKey });
    if (event.target.matches?.("[data-pick-all] input")) pickAll(event.target.checked);
  });

  // Moving

  let here = "";
  document.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    if (row) here = row.id;
  });

  function goTo(row) {
    row?.querySelector("[data-open]").focus();
  }

  function move(step) {
    const all = rows();
    const at = all.findIndex((row) => row.id === here);
    // A key that is held down at the end stays there.
    goTo(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step))]);
  }

  // Doing

  let isSent = false;
  function send(action) {
    const button = document.querySelector(`[data-bulk-form] button[value="${action}"]`);
    if (!button) return tell(say("cannot"));
    if (!picked().length) return tell(say("select"));
    button.form.requestSubmit(button);
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-bulk-form]")) return;
    if (!picked().length) {
      event.preventDefault();
      tell(say("selectAny"));
    } else if (isSent) event.preventDefault();
    else {
      isSent = true;
      // Somebody may have stopped it; sent twice, it is one request all the same.
      setTimeout(() => (isSent = false), 5000);
    }
  });
  addEventListener("pageshow", () => {
    isSent = false;
    showSelection();
  });

  // Coming back from an order to the same row and selection

  const PLACE = "quire-board-place";
  addEventListener("pagehide", () => {
    try {
      const place = { address: location.href, here, picked: picked().map((row) => row.id) };
      sessionStorage.setItem(PLACE, JSON.stringify(place));
    } catch {
      // Without storage the board opens as it does the first time.
    }
  });

  function comeBack() {
    if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
    try {
      const place = JSON.parse(sessionStorage.getItem(PLACE));
      if (place?.address !== location.href) return;
      for (const row of rows()) setPicked(row, place.picked.includes(row.id));
      goTo(byId(place.here));
    } catch {
      // The same.
    }
  }

  // Keys

  const KEYS_OFF = "quire-board-keys-off";
  function areKeysOn() {
    try {
      return localStorage.getItem(KEYS_OFF) === null;
    } catch {
      return true;
    }
  }

  const keys = document.getElementById("keys");
  const useKeys = document.getElementById("use-keys");
  useKeys.addEventListener("change", () => {
    try {
      if (useKeys.checked) localStorage.removeItem(KEYS_OFF);
      else localStorage.setItem(KEYS_OFF, "1");
    } catch {
      tell(say("noSettings"));
    }
    showKeys();
  });

  const KEY_OF = { ship: "s", deliver: "d" };
  function showKeys() {
    const on = areKeysOn();
    useKeys.checked = on;
    for (const [action, key] of Object.entries(KEY_OF)) {
      const button = document.querySelector(`[data-bulk-form] button[value="${action}"]`);
      if (!button) continue;
      button.querySelector("kbd")?.remove();
      button.removeAttribute("aria-keyshortcuts");
      if (!on) continue;
      button.setAttribute("aria-keyshortcuts", key);
      const hint = Object.assign(document.createElement("kbd"), { textContent: key });
      hint.setAttribute("aria-hidden", "true");
      button.append(hint);
    }
  }

  const FIELD = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])";
  const follow = (rel) => document.querySelector(`.pager a[rel=${rel}]`)?.click();
  const selectHere = (upTo) => {
    const row = byId(here);
    if (row && !("gone" in row.dataset)) pick(row, upTo || !boxOf(row)?.checked, { upTo });
  };
  const ON_KEY = {
    j: () => move(1),
    k: () => move(-1),
    x: () => selectHere(false),
    X: () => selectHere(true),
    a: () => pickAll(picked().length < rows().length),
    s: () => send("ship"),
    d: () => send("deliver"),
    n: () => follow("next"),
    p: () => follow("prev"),
    "/": () => document.getElementById("find").select(),
    "?": () => keys.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    const target = event.target;
    if (event.key === "Escape" && target.id === "find") return target.blur(), goTo(byId(here));
    if (target.closest?.(FIELD)) return;
    const inRow = rowOf(target);
    if (inRow && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      return move(event.key === "ArrowDown" ? 1 : -1);
    }
    if (inRow && event.key === "Enter" && target === boxOf(inRow)) {
      event.preventDefault();
      return inRow.querySelector("[data-open]").click();
    }
    const act = areKeysOn() && Object.hasOwn(ON_KEY, event.key) ? ON_KEY[event.key] : null;
    if (!act || (event.repeat && !"jk".includes(event.key))) return;
    event.preventDefault();
    act();
  });

  for (const button of document.querySelectorAll("[data-show-keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => keys.showModal());
  }

  // News: nothing that is shown moves by itself. What changed is marked where it is; what is new waits for a press.

  const EVERY = 20_000;
  const RARELY = 120_000;
  const opened = Date.now();
  let wait = EVERY;
  let lastLook = Date.now();
  let timer;
  let fresh = null;

  async function look() {
    clearTimeout(timer);
    if (document.hidden || isSent) return;
    lastLook = Date.now();
    try {
      const answer = await fetch(location.href, {
        headers: { "HX-Request": "true", "HX-Request-Type": "partial" },
        signal: AbortSignal.timeout(15_000),
      });
      if (answer.status === 401) return hint(say("signedOut"), say("signIn"), () => location.reload());
      if (answer.status === 204) return hint(say("allMoved"), say("showOthers"), () => location.reload());
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const news = page.getElementById("board");
      if (!news) throw new Error("no board");
      wait = EVERY;
      compare(news);
    } catch {
      wait = Math.min(wait * 2, RARELY);
      const when = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" }).format(since);
      if (wait > EVERY * 2 && !("away" in board().dataset)) hint(say("away", { time: when }));
    }
    timer = setTimeout(look, "away" in board().dataset ? 5000 : wait);
  }

  let since = new Date();
  function compare(news) {
    since = new Date();
    if ("away" in board().dataset || !rows().length) return show(news);
    for (const count of news.querySelectorAll("[data-count-of]")) {
      const shown = document.querySelector(`[data-count-of="${count.dataset.countOf}"]`);
      if (shown && shown.textContent !== count.textContent) shown.replaceChildren(...count.childNodes);
    }
    for (const row of rows()) {
      const other = news.querySelector(`[data-order="${row.dataset.order}"]`);
      if (other) update(row, other);
      else if (hasGone(row, news)) markGone(row);
    }
    const unseen = [...news.querySelectorAll("[data-order]")].filter((row) => !document.getElementById(row.id));
    fresh = news;
    if (!unseen.length) return hint("");
    const isNew = unseen.every((row) => Number(row.dataset.at) * 1000 > opened);
    hint(say(isNew ? "new" : "more", { number: written(unseen.length) }), say("show"), () => show(fresh, unseen[0].id));
  }

  function update(row, other) {
    const cells = [".board-row__status", ".board-row__when", ".board-row__total"];
    const isChanged = row.dataset.status !== other.dataset.status;
    row.dataset.status = other.dataset.status;
    row.toggleAttribute("data-changed", isChanged);
    for (const cell of isChanged ? cells : [".waiting"]) {
      const [shown, now] = [row.querySelector(cell), other.querySelector(cell)];
      if (shown && now) shown.replaceChildren(...now.cloneNode(true).childNodes);
    }
    if (isChanged) tellLocalTimes();
  }

  // A row that is missing has left the list, unless the end of a full page may merely have cut it off.
  function hasGone(row, news) {
    const last = [...news.querySelectorAll("[data-order]")].at(-1);
    if (!("more" in news.dataset) || !last) return true;
    const after = Number(row.dataset.at) - Number(last.dataset.at);
    return news.dataset.sort === "oldest" ? after <= 0 : after >= 0;
  }

  function markGone(row) {
    const status = row.querySelector(".order-status");
    row.dataset.gone = "";
    setPicked(row, false);
    if (boxOf(row)) boxOf(row).disabled = true;
    status.className = "order-status";
    status.textContent = say("changed");
    showSelection();
  }

  function hint(words, label = "", act = null) {
    const place = document.querySelector("[data-hint]");
    const before = place?.dataset.words ?? "";
    if (!place || before === words + label) return;
    place.dataset.words = words + label;
    if (!words) return place.replaceChildren();
    const news = Object.assign(document.createElement("span"), { className: "board__news", textContent: words });
    if (label) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn--sm", textContent: label });
      button.addEventListener("click", act);
      news.append(button);
    }
    place.replaceChildren(news);
  }

  function show(news, focused = "") {
    const chosen = new Set(picked().map((row) => row.id));
    const hadFocus = board().contains(document.activeElement);
    board().replaceWith(document.importNode(news, true));
    for (const row of rows()) setPicked(row, chosen.has(row.id));
    prepare();
    if (hadFocus) goTo(byId(focused) ?? byId(here) ?? rows()[0]);
  }

  function prepare() {
    const [tabs, tab] = [document.querySelector(".tabs"), document.querySelector(".tab[aria-current]")];
    // On a phone the tab that is shown may lie beyond the edge.
    const [outer, inner] = [tabs.getBoundingClientRect(), tab.getBoundingClientRect()];
    tabs.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
    const all = document.querySelector("[data-pick-all]");
    if (all) all.hidden = false;
    const link = document.querySelector("[data-select-all]");
    if (link) link.hidden = true;
    showKeys();
    showSelection();
    tellLocalTimes();
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - lastLook > 2000) look();
  });
  comeBack();
  prepare();
  timer = setTimeout(look, "away" in board().dataset ? 5000 : EVERY);
}
if (document.getElementById("board")) startBoard();
