// The live line: one WebSocket that goes on from the last position seen, and says how it is.
import { clock, nowUs, word } from "./format.js";

const LONGEST_WAIT_MS = 10_000;
// Who is refused again and again, having too many pages open, asks ever more rarely. Scripts are not told why.
const PATIENT_TRIES = 6;
const LONGEST_PATIENCE_MS = 60_000;
// The hub sends at least a position in this time; longer silence is a line that died without a word.
const SILENCE_MS = 90_000;

let pos = Number(document.body.dataset.pos);
let socket, retry, watchdog;
let tries = 0;
let brokenUs = 0;
let state = "connecting";

function show() {
  const text =
    state === "on" ? word("liveOn", "pos", pos.toLocaleString("en-US"))
    : state === "broken" ? word("liveBroken", "time", clock(brokenUs, true))
    : word("liveConnecting");
  for (const element of document.querySelectorAll("[data-live]")) {
    if (element.dataset.live !== state) element.dataset.live = state;
    const shown = element.querySelector("[data-live-text]");
    if (shown.textContent !== text) shown.textContent = text;
  }
}

function broke() {
  clearTimeout(watchdog);
  if (socket) {
    socket.onclose = socket.onmessage = socket.onopen = null;
    socket.close();
    socket = undefined;
  }
  if (state !== "broken") brokenUs = nowUs();
  state = "broken";
  show();
  // Full jitter, so that a hub that comes back is not met by everybody at once.
  const longest = tries < PATIENT_TRIES ? LONGEST_WAIT_MS : LONGEST_PATIENCE_MS;
  const wait = Math.random() * Math.min(longest, 1000 * 2 ** tries);
  tries += 1;
  clearTimeout(retry);
  retry = setTimeout(open, 250 + wait);
}

function heard() {
  clearTimeout(watchdog);
  watchdog = setTimeout(broke, SILENCE_MS);
}

let take;

export const alive = () => state === "on";

function open() {
  clearTimeout(retry);
  if (socket) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}${document.body.dataset.feed ?? "/live"}?after=${pos}`);
  socket.onopen = () => {
    const again = brokenUs > 0;
    tries = 0;
    brokenUs = 0;
    state = "on";
    heard();
    show();
    // What was asked for while the line was broken is lost: everything is looked at once more.
    if (again) document.dispatchEvent(new Event("watchroom:again"));
  };
  socket.onclose = broke;
  socket.onmessage = (event) => {
    heard();
    const message = JSON.parse(event.data);
    if (message.kind === "gone") {
      // A screen on the wall is told in a word why it ends; it has nobody who could sign in.
      if (document.body.dataset.feed) location.reload();
      else location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
      return;
    }
    take(message);
    if (typeof message.pos === "number") {
      pos = Math.max(pos, message.pos);
      socket.send(JSON.stringify({ ack: message.pos }));
      show();
    }
  };
}

// A form that leads to another page ends the line first: signing out would otherwise be answered on it,
// and that answer would overtake the page to come.
function leave({ target, defaultPrevented }) {
  if (defaultPrevented || target.method !== "post") return;
  clearTimeout(retry);
  clearTimeout(watchdog);
  if (socket) socket.onclose = socket.onmessage = null;
  socket?.close();
}

function atOnce() {
  if (document.visibilityState !== "visible" || socket) return;
  tries = 0;
  open();
}

export function connect(onMessage) {
  if (!Number.isFinite(pos)) return;
  take = onMessage;
  document.addEventListener("submit", leave);
  document.addEventListener("visibilitychange", atOnce);
  addEventListener("online", atOnce);
  document.addEventListener("htmx:after:swap", show);
  open();
}
