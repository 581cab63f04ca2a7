// What HTML and htmx cannot do by themselves. Every page works without this file.

// A fault swaps nothing (see htmx-config), so say what happened and offer to try again.
function sayTrouble(event) {
  const ctx = event.detail.ctx;
  const status = ctx?.response?.status ?? 0;
  if (status !== 0 && status < 500) return;
  const region = document.getElementById("status");
  const words = document.createElement("span");
  words.textContent = status === 0
    ? "We could not reach the shop. Is your connection all right?"
    : "That did not work just now. Nothing on this page has changed.";
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn btn--sm";
  again.textContent = "Try again";
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
});

// Suggestions close when they are left or dismissed.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("search")) {
    document.getElementById("suggest")?.replaceChildren();
    document.getElementById("q")?.focus();
  }
});
document.addEventListener("focusin", (event) => {
  if (!event.target.closest("search")) document.getElementById("suggest")?.replaceChildren();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("search")) document.getElementById("suggest")?.replaceChildren();
});

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

// Printing is the browser's; the button only opens it, so without this file there is none.
for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) window.print();
});
