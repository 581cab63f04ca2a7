// What HTML and htmx cannot do by themselves. Every page works without this file.

// What scripts say, in the language of the page; every page's layout has it.
const say = document.getElementById("words")?.dataset ?? {};

// Says for a day that scripts run here: pages then do not wait for the number of the cart, which the browser can ask for.
if (document.getElementById("cart-badge")) {
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; Secure"] : ["", ""];
  document.cookie = `${prefix}quire_scripts=1; Path=/; Max-Age=86400; SameSite=Lax${secure}`;
}

// A fault swaps nothing (see htmx-config), so say what happened and offer to try again.
function sayTrouble(event) {
  const ctx = event.detail.ctx;
  const status = ctx?.response?.status ?? 0;
  if (status !== 0 && status < 500) return;
  const region = document.getElementById("status");
  const text = status === 0 ? say.unreachable : say.failed;
  // A page that asks again and again says it once.
  if (region.querySelector("button") && region.firstElementChild.textContent === text) return;
  const words = document.createElement("span");
  words.textContent = text;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn btn--sm";
  again.textContent = say.again;
  again.addEventListener("click", () => {
    region.replaceChildren();
    const source = ctx?.sourceElement;
    if (!source?.isConnected) return location.reload();
    if (ctx.sourceEvent?.type === "submit") source.requestSubmit(ctx.sourceEvent.submitter);
    else htmx.trigger(source, ctx.sourceEvent?.type ?? "click");
  });
  region.replaceChildren(words, again);
}
document.addEventListener("htmx:response:error", sayTrouble);
document.addEventListener("htmx:error", sayTrouble);
document.addEventListener("htmx:after:swap", (event) => {
  const region = document.getElementById("status");
  if (region?.querySelector("button") && event.detail.ctx?.response?.status < 500) region.replaceChildren();
  tellLocalTimes();
  suggest.tell();
});

// The search box is a combobox: the typing goes on in it while the arrow keys move through the suggestions below.
const suggest = {
  get box() { return document.getElementById("q"); },
  get panel() { return document.getElementById("suggest"); },
  get options() { return [...this.panel.querySelectorAll("[role=option]")]; },
  get active() { return this.panel.querySelector("[aria-selected=true]"); },
  get isOpen() { return !this.panel.hidden && this.panel.querySelector("[role=listbox]") !== null; },

  // The roles come with the script that makes them true.
  tell() {
    if (!this.box) return;
    this.box.setAttribute("role", "combobox");
    this.box.setAttribute("aria-autocomplete", "list");
    this.box.setAttribute("aria-expanded", String(this.isOpen));
    if (this.isOpen) this.box.setAttribute("aria-controls", "suggest-list");
    else this.box.removeAttribute("aria-controls");
    if (this.isOpen && this.active) this.box.setAttribute("aria-activedescendant", this.active.id);
    else this.box.removeAttribute("aria-activedescendant");
  },
  choose(option) {
    this.active?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    this.tell();
  },
  close() {
    this.panel.hidden = true;
    this.choose(null);
  },
  empty() {
    this.panel.replaceChildren();
    document.getElementById("search-status").replaceChildren();
    this.close();
  },
  // Past the last suggestion comes the box itself, and then the first one again.
  move(step) {
    const options = this.options;
    const places = options.length + 1;
    const place = (options.indexOf(this.active) + 1 + step + places) % places;
    this.choose(options[place - 1]);
  },
};
suggest.tell();

document.addEventListener("keydown", (event) => {
  if (event.target !== suggest.box || event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    if (suggest.panel.hidden) suggest.panel.hidden = false;
    if (!suggest.isOpen) return;
    event.preventDefault();
    suggest.move(step);
  } else if (event.key === "Enter" && suggest.isOpen && suggest.active) {
    event.preventDefault();
    suggest.active.click();
  } else if (event.key === "Escape" && suggest.isOpen) {
    // The browser's own Escape would empty the box; the next one does.
    event.preventDefault();
    suggest.close();
  }
});
document.addEventListener("input", (event) => {
  if (event.target !== suggest.box) return;
  if (event.target.value.trim() === "") suggest.empty();
  else suggest.panel.hidden = false;
  suggest.tell();
});
// Nothing is asked for an empty box, and what was on its way when it was emptied comes too late.
for (const name of ["htmx:before:request", "htmx:before:swap"]) {
  document.addEventListener(name, (event) => {
    if (event.target.closest?.("form.search") && suggest.box.value.trim() === "") event.preventDefault();
  });
}
document.addEventListener("submit", (event) => {
  if (event.target.matches("form.search")) suggest.close();
});
for (const name of ["focusin", "click"]) {
  document.addEventListener(name, (event) => {
    if (suggest.panel && event.target !== suggest.box && !event.target.closest?.("#suggest")) suggest.close();
  });
}
// Going back finds the page as it was before the suggestions.
window.addEventListener("pagehide", () => { if (suggest.panel) suggest.close(); });

// Times are written in UTC; the zone of the person's own clock is kinder.
function tellLocalTimes() {
  for (const time of document.querySelectorAll(":is(time[data-exact], time[data-compact]):not([title])")) {
    const moment = new Date(time.dateTime);
    const short = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
    if (moment.getFullYear() !== new Date().getFullYear()) short.year = "numeric";
    const shape = "compact" in time.dataset ? short : { dateStyle: "long", timeStyle: "short" };
    time.title = time.textContent;
    time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, shape).format(moment);
  }
}
tellLocalTimes();

// A page with mistakes opens at their summary.
document.querySelector("[data-errors]")?.focus();

// Printing and copying are the browser's; the buttons only begin it, so without this file there are none. Copying
// wants a page that came over TLS or from this machine.
for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  source.select?.();
  const lines = source.matches("ol, ul") ? [...source.children] : [source];
  const words = document.createElement("span");
  try {
    await navigator.clipboard.writeText(lines.map((line) => (line.value ?? line.textContent).trim()).join("\n"));
    words.textContent = say.copied;
  } catch {
    words.textContent = say.notCopied;
  }
  document.getElementById("status").replaceChildren(words);
  setTimeout(() => words.remove(), 6000);
}
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) window.print();
  const copying = event.target.closest?.("[data-copy]");
  if (copying) copy(copying);
});
