// Counting a shelf: keys, and a list that outlives a reload. Without this file it is one form, sent line by line.

const KEPT = "quire-stocktake";
const list = () => document.querySelector("form[data-draft]");

// Enter beside a number goes on to the next book, unless a scanner has typed a whole bar code there: the server sorts
// that out.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("[data-count]") || event.target.value.length > 7) return;
  event.preventDefault();
  const scan = document.querySelector("[data-scan]");
  scan.focus();
  scan.select();
});

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
