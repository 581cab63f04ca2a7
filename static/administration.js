// The administrator's lists by arrow keys, and the button that copies a link. Without this file both are plain.

// From the box that finds accounts down into the list, along it, and back up into the box.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const find = document.getElementById("find");
  const stops = [find, ...document.querySelectorAll("[data-row]")];
  const at = stops.indexOf(event.target);
  if (at < 0 || (at === 0 && step < 0)) return;
  event.preventDefault();
  stops[Math.min(at + step, stops.length - 1)].focus();
});

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  // Only where the page came over TLS or from this machine, a script may write to the clipboard.
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
    }
    document.getElementById("status").replaceChildren(
      Object.assign(document.createElement("span"), { className: "quietly", textContent: button.textContent }),
    );
  });
}
