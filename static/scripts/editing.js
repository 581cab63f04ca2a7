// The form of a book: keys, and names that are offered while one types. Without this file it is one plain form.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  const save = document.querySelector("[data-save]");
  if (save && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    save.click();
  } else if (event.target.matches?.("[data-isbn]")) {
    // The hands go on at the title at once; what the ISBN says comes after them, and fetches them back if need be.
    event.preventDefault();
    lookUp(event.target);
    document.getElementById("title").focus();
  }
});

let lookedUp = "";
function lookUp(field) {
  const isbn = field.value.trim();
  if (!isbn || isbn === lookedUp) return;
  lookedUp = isbn;
  document.querySelector("[data-look]").click();
}
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-isbn]")) lookUp(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-isbn]")) lookedUp = "";
});
// A wrong number is scanned again, not typed behind.
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-isbn][aria-invalid]")) event.target.select();
});

// The shortcut is told where it works, by the key that this keyboard has.
function tellKeys() {
  for (const words of document.querySelectorAll("[data-keys][hidden]")) {
    const key = words.querySelector("[data-command]");
    if (/mac|iphone|ipad/i.test(navigator.platform)) key.textContent = key.dataset.command;
    words.hidden = false;
  }
}
tellKeys();
document.addEventListener("htmx:after:swap", tellKeys);

// Authors and subjects stand one on a line, so what is offered is for the line that the caret is in.
const offer = {
  field: null,
  panel: null,
  timer: 0,

  get options() { return [...(this.panel?.querySelectorAll("[role=option]") ?? [])]; },
  get active() { return this.panel?.querySelector("[aria-selected=true]"); },
  get isOpen() { return this.field !== null && this.options.length > 0; },
  line() {
    const { value, selectionStart } = this.field;
    const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const end = value.indexOf("\n", selectionStart);
    return { start, end: end < 0 ? value.length : end };
  },
  close() {
    clearTimeout(this.timer);
    this.panel?.remove();
    for (const name of ["aria-controls", "aria-activedescendant"]) this.field?.removeAttribute(name);
    this.field = this.panel = null;
  },
  ask(field) {
    if (this.field !== field) this.close();
    this.field = field;
    field.setAttribute("aria-autocomplete", "list");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(), 150);
  },
  fetch() {
    const { start, end } = this.line();
    const words = this.field.value.slice(start, end).trim();
    if (words.length < 2) return this.close();
    if (!this.panel) {
      this.panel = document.createElement("div");
      this.panel.className = "names-panel";
      this.panel.setAttribute("hx-sync", "this:replace");
      this.field.after(this.panel);
    }
    const query = new URLSearchParams({ kind: this.field.dataset.names, q: words });
    htmx.ajax("GET", `/books/new/names?${query}`, { source: this.panel, target: this.panel, swap: "innerHTML swapEmpty:true" });
  },
  choose(option) {
    this.active?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
  },
  move(step) {
    const options = this.options;
    const places = options.length + 1;
    this.choose(options[(options.indexOf(this.active) + 1 + step + places) % places - 1]);
  },
  take(option) {
    const { field } = this;
    const { start, end } = this.line();
    field.setRangeText(option.dataset.name, start, end, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertReplacementText" }));
    this.close();
  },
};

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-names]") || event.inputType === "insertReplacementText") return;
  offer.ask(event.target);
});
document.addEventListener("htmx:after:swap", () => {
  if (offer.isOpen) offer.field.setAttribute("aria-controls", "names-offer");
});
document.addEventListener("keydown", (event) => {
  if (event.target !== offer.field || event.isComposing || event.ctrlKey || event.metaKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && offer.isOpen) {
    event.preventDefault();
    offer.move(step);
  } else if (event.key === "Enter" && offer.active) {
    event.preventDefault();
    offer.take(offer.active);
  } else if (event.key === "Escape" && offer.isOpen) {
    event.preventDefault();
    offer.close();
  } else if (event.key === "Enter") {
    offer.close();
  }
});
// Choosing with the pointer must not take the focus out of the field first.
document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest?.(".names-panel [role=option]");
  if (!option) return;
  event.preventDefault();
  offer.take(option);
});
document.addEventListener("focusout", (event) => {
  if (event.target === offer.field) offer.close();
});
