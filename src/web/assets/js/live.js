// Applies what the live line says, in place, and fetches again the regions that it names.
import { alive } from "./feed.js";
import { ago, clock, nowUs, word, writeValue } from "./format.js";

let byMachine;

function index() {
  byMachine = new Map();
  for (const element of document.querySelectorAll("[data-machine]")) {
    const id = element.dataset.machine;
    if (!byMachine.has(id)) byMachine.set(id, []);
    byMachine.get(id).push(element);
  }
}

const elements = (machine) => {
  if (!byMachine) index();
  return byMachine.get(machine) ?? [];
};

// "temperature_c{chip=coretemp}" is a series of the metric "temperature_c".
export const metricOf = (key) => key.split("{", 1)[0];

// What an element that shows a metric shows of a message: its series, or the greatest, or the sum.
export function pick(values, metrics, how) {
  const asked = how === "sum" ? metrics.split(" ") : [metrics.split(" ", 1)[0]];
  const found = Object.entries(values).filter(([key]) => asked.includes(metricOf(key))).map(([, value]) => value);
  if (found.length === 0) return undefined;
  return how === "sum" ? found.reduce((a, b) => a + b) : Math.max(...found);
}

// The first word of a machine: what waited for it is shown anew, with room for its values.
function heardFirst(element) {
  const region = element.closest("[data-region]");
  delete element.dataset.first;
  if (region) want([...region.dataset.region.split(" "), "figures"]);
  else location.reload();
}

function values(message) {
  for (const element of elements(message.machine)) {
    const { value: metric, format, pick: how, is, hold, first } = element.dataset;
    if (first !== undefined) heardFirst(element);
    if (is === "seen") seen(element, message.at_us);
    if (!metric) continue;
    const value = pick(message.values, metric, how);
    if (value === undefined) continue;
    element.dataset.now = value;
    if (hold === undefined) writeValue(element, format, value);
    const bar = element.parentElement.classList.contains("metered") && element.parentElement.querySelector("rect");
    if (bar) bar.setAttribute("width", Math.max(0, Math.min(100, value)));
  }
}

function seen(element, us) {
  if (us <= Number(element.dataset.us ?? 0)) return;
  element.dataset.us = us;
  element.classList.remove("faint");
  element.textContent = ago(us);
}

function put(element, state) {
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  element.querySelector("use")?.setAttribute("href", `#s-${state}`);
  const text = element.querySelector(".vh");
  if (text) text.textContent = word("state" + state[0].toUpperCase() + state.slice(1));
}

function status(message) {
  for (const element of elements(message.machine)) {
    const { is } = element.dataset;
    if (is === "seen" && message.seen_us) seen(element, message.seen_us);
    if (is === "state" || is === "cell") put(element, message.state);
  }
}

// How all machines are, said once when a line opens: those that are not fine.
function states({ others }) {
  for (const element of document.querySelectorAll("[data-machine]")) {
    const { is, machine } = element.dataset;
    const [state, seenUs] = others[machine] ?? ["ok"];
    if (is === "seen" && seenUs) seen(element, seenUs);
    if (is === "state" || is === "cell") put(element, state);
  }
}

const wanted = new Set();
let soon;

function refresh() {
  soon = undefined;
  if (document.visibilityState !== "visible" || !alive()) return;
  for (const region of document.querySelectorAll("[data-region]")) {
    if (region.dataset.region.split(" ").some((name) => wanted.has(name))) window.htmx.trigger(region, "refresh");
  }
  wanted.clear();
}

// Several events at once are one fetch; a little chance keeps many browsers apart.
function want(regions) {
  for (const region of regions) wanted.add(region);
  soon ??= setTimeout(refresh, 80 + Math.random() * 220);
}

// A log that is followed is fetched again once a second at most, however much happens.
let following;

function follow(message) {
  if (following || message.kind === "status" || message.kind === "states") return;
  const log = document.querySelector("[data-region=log]");
  if (!log || (message.kind === "values" && log.dataset.readings === undefined)) return;
  following = setTimeout(() => {
    following = undefined;
    want(["log"]);
  }, 1000);
}

export function apply(message) {
  follow(message);
  if (message.kind === "values") values(message);
  else if (message.kind === "status") status(message);
  else if (message.kind === "states") states(message);
  else if (message.kind === "refresh") want(message.regions);
}

function tick() {
  for (const element of document.querySelectorAll("[data-is=seen][data-us]")) {
    const text = ago(Number(element.dataset.us));
    if (element.textContent !== text) element.textContent = text;
  }
}

// The count in the rail and in the title is the one that the activity came with.
function count() {
  const open = Number(document.getElementById("r-activity")?.dataset.openAlerts ?? 0);
  for (const element of document.querySelectorAll("[data-open-count]")) {
    element.textContent = open;
    element.hidden = open === 0;
  }
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = open > 0 ? `(${open}) ${title}` : title;
}

// A list that is searched while somebody types keeps its state in the address, as without script.
function keepAddress({ detail }) {
  const form = detail.ctx?.sourceElement?.form;
  if (!form?.matches("[data-list]")) return;
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  history.replaceState(null, "", query.size > 0 ? `${form.action}?${query}` : form.action);
}

// A part of a page that is refused stays as it was. Where it is there no more, neither is the page: it was removed,
// or a right was lost, and the reader is told so once instead of in every part.
function refused(event) {
  const { target, response } = event.detail.ctx;
  if (response.status < 400 || !target?.dataset?.region) return;
  event.preventDefault();
  if ([401, 403, 404].includes(response.status)) location.reload();
}

// The clock of a wall display.
function clocks() {
  for (const element of document.querySelectorAll("[data-is=clock]")) {
    const text = clock(nowUs());
    if (element.textContent !== text) element.textContent = text;
  }
}

export function watchRegions() {
  document.addEventListener("htmx:after:swap", keepAddress);
  document.addEventListener("htmx:before:response", refused);
  document.addEventListener("htmx:after:swap", () => {
    byMachine = undefined;
    count();
  });
  document.addEventListener("visibilitychange", () => wanted.size > 0 && want([]));
  document.addEventListener("watchroom:again", () => {
    for (const region of document.querySelectorAll("[data-region]")) want(region.dataset.region.split(" "));
  });
  // With script, acting on something leaves the reader where they are.
  document.addEventListener("htmx:config:request", ({ detail }) => {
    const body = detail.ctx.request.body;
    if (body instanceof FormData && body.has("back")) body.set("back", location.pathname + location.search);
  });
  setInterval(() => (tick(), clocks()), 1000);
}
