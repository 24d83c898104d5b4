// The keyboard: what the help dialog lists.
let afterG = 0;

const typing = (element) => element?.matches?.("input, textarea, select, [contenteditable]");

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) return;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, here + by))];
  rows.forEach((other) => other.classList.toggle("at", other === row));
  row.querySelector(`a[href="${row.dataset.row}"]`)?.focus();
}

function room() {
  const element = document.getElementById("room");
  const over = getComputedStyle(document.querySelector(".room-open") ?? document.body).display !== "none";
  if (over) element?.togglePopover();
  else element?.querySelector("[data-talk]")?.focus();
}

const help = () => document.getElementById("help")?.showModal();

const KEYS = {
  "/": () => document.getElementById("filter")?.focus(),
  "?": help,
  j: () => step(1),
  k: () => step(-1),
  n: () => document.querySelector("[data-new]")?.click(),
  ".": room,
  g: () => { afterG = Date.now(); },
};

function press(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if (Date.now() - afterG < 1200) {
    afterG = 0;
    const place = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (place) {
      event.preventDefault();
      place.click();
    }
    return;
  }
  const does = KEYS[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

export function bindKeys() {
  document.addEventListener("keydown", press);
  for (const button of document.querySelectorAll("[data-help]")) {
    button.hidden = false;
    button.addEventListener("click", help);
  }
  // A click beside a dialog closes it.
  document.addEventListener("click", ({ target }) => target.matches?.("dialog[open]") && target.close());
}
