// The administrator's lists by arrow keys. Without this file they are plain links.

// From the box that finds accounts down into the list, along it, and back up into the box.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const find = document.getElementById("find");
  const stops = [find, ...document.querySelectorAll("[data-row]")];
  const at = stops.indexOf(event.target);
  if (at < 0 || (at === 0 && step < 0) || stops.length < 2) return;
  event.preventDefault();
  stops[Math.min(at + step, stops.length - 1)].focus();
});
