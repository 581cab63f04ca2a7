// Counting a shelf: keys, and a list that outlives a reload. Without this file it is one form, sent line by line.

const KEPT = "quire-stocktake";
const list = () => document.querySelector("form[data-draft]");

function toScan() {
  const scan = document.querySelector("[data-scan]");
  scan.focus();
  scan.select();
}

// A number is at most seven digits long; what is longer is a whole bar code, and the server sorts that out.
const isNumber = (field) => field.matches("[data-count]") && field.value.length <= 7;

// Enter beside a number goes on to the next book.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("[data-count]") || !isNumber(event.target)) return;
  event.preventDefault();
  toScan();
});

// Hands and scanners are faster than a slow connection: what is typed while a book is looked up is kept, and goes where
// it belongs once the answer is there. Both are null while nothing is under way.
let underWay = null;
let ahead = null;

document.addEventListener("htmx:before:request", (event) => {
  if (!event.target.closest?.("form[data-draft]")) return;
  underWay = event.detail.ctx;
  ahead ??= [];
});
document.addEventListener("keydown", (event) => {
  if (!ahead || event.ctrlKey || event.metaKey || event.altKey || !event.target.closest?.("form[data-draft]")) return;
  if (event.key !== "Enter" && event.key.length !== 1) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ahead.push(event.key);
}, true);

function typeAhead(event) {
  // What an answer brings may have begun the next request before the first one is all over.
  if (event.detail.ctx !== underWay) return;
  const keys = ahead ?? [];
  underWay = ahead = null;
  // What was meant for a line that did not come would end up in the wrong place.
  if (document.querySelector("[data-scan][aria-invalid], .choices")) return;
  while (keys.length) {
    const key = keys.shift();
    const field = document.activeElement;
    if (!field?.matches("[data-scan], [data-count]")) return;
    if (key !== "Enter") {
      field.setRangeText(key, field.selectionStart, field.selectionEnd, "end");
    } else if (isNumber(field)) {
      toScan();
    } else {
      // The rest is for the line that this brings.
      ahead = keys;
      document.querySelector("[data-put]").click();
      return;
    }
  }
}
document.addEventListener("htmx:after:swap", typeAhead);
document.addEventListener("htmx:finally:request", typeAhead);

// The number of a line is replaced by what is typed, not typed behind.
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-count]")) event.target.select();
});

function keep() {
  const form = list();
  if (!form) return;
  const fields = [...new FormData(form)].filter(([name]) => ["line", "counted", "note", "idempotency_key"].includes(name));
  sessionStorage.setItem(KEPT, JSON.stringify(fields));
}

// A list that was left behind by a reload is put back, and the server draws it.
function takeUp() {
  const form = list();
  if (!form || form.querySelector("[name=line]")) return;
  const fields = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
  if (!fields.some(([name]) => name === "line")) return;
  for (const [name, value] of fields) {
    const present = name === "idempotency_key" || name === "note" ? form.elements[name] : null;
    if (present) present.value = value;
    else form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  form.querySelector("[data-put]").click();
}

document.addEventListener("input", keep);
document.addEventListener("htmx:after:swap", keep);
if (document.querySelector("[data-draft-sent]")) sessionStorage.removeItem(KEPT);
document.addEventListener("DOMContentLoaded", takeUp);
