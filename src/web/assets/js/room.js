// The room stays at its newest entry, unless somebody has scrolled up to read.
let atEnd = true;

function toEnd() {
  const talk = document.querySelector("[data-talk]");
  if (talk && atEnd) talk.scrollTop = talk.scrollHeight;
}

export function bindRoom() {
  document.addEventListener("scroll", ({ target }) => {
    if (target.matches?.("[data-talk]")) atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 40;
  }, true);
  document.addEventListener("htmx:after:swap", toEnd);
  document.getElementById("room")?.addEventListener("toggle", toEnd);
  // A window that becomes narrow hides the room, a wide one shows it again.
  const room = document.getElementById("room");
  if (room) new ResizeObserver(toEnd).observe(room);
  toEnd();
}
