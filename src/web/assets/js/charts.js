// Curves by uPlot: fetched for the time shown, then carried on by the live line.
import uPlot from "uplot";
import { clock, nowUs, say, tick, word, writeValue } from "./format.js";
import { metricOf } from "./live.js";

const MOST_LINES = 6;
const RETRY_MS = 10_000;
const STILL_S = 60;
const sync = uPlot.sync("charts");
const charts = new Set();

// A colour of the style sheet as a canvas takes it: light-dark() and var() resolved.
function colour(element, name) {
  const probe = element.appendChild(document.createElement("i"));
  probe.style.color = `var(--${name})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
const faded = (rgb, alpha) => rgb.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);

class Chart {
  constructor(element) {
    const { machine, format, chart, fromUs, toUs, spanUs, threshold } = element.dataset;
    Object.assign(this, { element, machine, format, metrics: chart.split(" ") });
    this.from = Number(fromUs) / 1e6;
    this.to = Number(toUs) / 1e6;
    this.span = Number(spanUs) / 1e6;
    // The curve of something that is over stays as it was.
    this.still = nowUs() / 1e6 - this.to > STILL_S;
    this.threshold = threshold === undefined ? undefined : Number(threshold);
    const panel = element.closest(".chart");
    this.shown = panel?.querySelector("[data-chart-value]");
    this.note = panel?.querySelector("[data-chart-note]");
    this.noteText = this.note?.textContent;
    this.legend = panel?.querySelector("[data-legend]");
    this.points = Math.max(60, Math.min(600, Math.round(element.clientWidth)));
  }

  async fetch() {
    const asked = this.metrics.map(async (metric) => {
      const query = new URLSearchParams({ metric, from_us: this.from * 1e6, to_us: this.to * 1e6, points: this.points });
      const answer = await fetch(`/api/machines/${this.machine}/series?${query}`, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const { title, series } = await answer.json();
      // Where several metrics share a chart, their names tell the lines apart.
      const named = (name) => (this.metrics.length > 1 ? `${title} ${name}`.trim() : name);
      return series.map((one) => ({ ...one, metric, name: named(one.name) }));
    });
    const all = (await Promise.all(asked)).flat().filter((series) => series.t_us.length > 0);
    const last = (series) => series.v.findLast((value) => value !== null) ?? 0;
    // The highest few; the order of several metrics stays.
    if (this.metrics.length === 1) all.sort((a, b) => last(b) - last(a));
    this.more = Math.max(0, all.length - MOST_LINES);
    this.series = all.slice(0, MOST_LINES);
    this.data = this.series.length === 0 ? undefined
      : uPlot.join(this.series.map(({ t_us, v }) => [t_us.map((us) => us / 1e6), v]));
  }

  async start() {
    try {
      await this.fetch();
      if (this.data) this.draw();
      else this.say("chartNone");
    } catch {
      this.say("chartFailed");
      setTimeout(() => this.start(), RETRY_MS + Math.random() * RETRY_MS);
    }
  }

  say(name) {
    const text = document.createElement("p");
    text.textContent = word(name);
    this.element.replaceChildren(text);
  }

  range(low, high) {
    if (this.format === "percent") return [0, 100];
    if (this.format !== "celsius") return [0, Math.max(high * 1.15, this.format === "rate" ? 1000 : 1)];
    const top = this.threshold === undefined ? high : Math.max(high, this.threshold);
    return [Math.floor((low - 4) / 5) * 5, Math.ceil((top + 3) / 5) * 5];
  }

  options() {
    const names = this.series.length === 1 && this.element.closest(".crit") ? ["crit"]
      : this.series.length === 1 && this.element.closest(".warn") ? ["warn"]
      : ["c1", "c2", "c3", "c4", "c5", "c6"];
    const ink = colour(this.element, "ink3");
    const line = colour(this.element, "line");
    const font = `11px ${getComputedStyle(this.element).fontFamily}`;
    const axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { show: false }, gap: 6 };
    return {
      width: this.element.clientWidth,
      height: this.element.clientHeight,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: { y: false, sync: { key: sync.key, setSeries: false }, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: true, range: () => [this.from, this.to] },
        y: { range: (_, low, high) => this.range(low ?? 0, high ?? 1) },
      },
      axes: [
        { ...axis, size: 24, space: 64, values: (_, at) => at.map((s) => clock(s * 1e6)) },
        { ...axis, size: this.format === "rate" ? 62 : 44, space: 34, values: (_, at) => at.map((v) => tick(this.format, v)) },
      ],
      series: [{}, ...this.series.map((_, i) => {
        const stroke = colour(this.element, names[i]);
        return { stroke, width: 1.7, points: { show: this.data[0].length < 3 }, fill: this.series.length === 1 ? faded(stroke, 0.1) : undefined };
      })],
      hooks: { draw: [(u) => this.drawThreshold(u)], setCursor: [(u) => this.hover(u)] },
    };
  }

  drawThreshold(u) {
    if (this.threshold === undefined) return;
    const { ctx, bbox } = u;
    const y = Math.round(u.valToPos(this.threshold, "y", true));
    if (y < bbox.top || y > bbox.top + bbox.height) return;
    ctx.save();
    ctx.strokeStyle = colour(this.element, "crit");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }

  draw() {
    this.plot?.destroy();
    this.element.replaceChildren();
    this.plot = new uPlot(this.options(), this.data, this.element);
    charts.add(this);
    this.drawLegend();
    this.resizer ??= new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = this.element;
      if (width !== this.plot.width || height !== this.plot.height) this.plot.setSize({ width, height });
    });
    this.resizer.observe(this.element);
  }

  drawLegend() {
    if (!this.legend || this.series.length < 2) return;
    const items = this.series.map(({ name }, i) => {
      const item = document.createElement("li");
      item.innerHTML = `<svg viewBox="0 0 14 3" aria-hidden="true"><path d="M0 1.500h14" stroke-width="3" class="line-${i + 1}"/></svg>`;
      item.append(name);
      return item;
    });
    if (this.more > 0) {
      const rest = document.createElement("li");
      rest.textContent = word("more", "n", this.more);
      items.push(rest);
    }
    this.legend.replaceChildren(...items);
  }

  // Under the pointer, all charts tell the same moment.
  hover(u) {
    if (!this.shown) return;
    const at = u.cursor.idx;
    const values = at == null ? [] : this.data.slice(1).map((line) => line[at]).filter((value) => value != null);
    if (values.length > 0) {
      if (this.shown.dataset.hold === undefined) this.shown.dataset.now ??= this.lastValue() ?? "";
      this.shown.dataset.hold = "";
      const value = this.shown.dataset.pick === "sum" ? values.reduce((a, b) => a + b)
        : this.shown.dataset.pick === "max" ? Math.max(...values) : values[0];
      writeValue(this.shown, this.format, value);
      this.note.textContent = this.series.length > 1
        ? `${clock(this.data[0][at] * 1e6, true)} · ${values.map((v) => say(this.format, v)).join(" / ")}`
        : clock(this.data[0][at] * 1e6, true);
      return;
    }
    if (this.shown.dataset.hold === undefined) return;
    delete this.shown.dataset.hold;
    this.note.textContent = this.noteText;
    if (this.shown.dataset.now !== "") writeValue(this.shown, this.format, Number(this.shown.dataset.now));
  }

  lastValue() {
    const values = this.data.slice(1).map((line) => line.findLast((value) => value != null)).filter((v) => v != null);
    if (values.length === 0) return undefined;
    return this.shown.dataset.pick === "sum" ? values.reduce((a, b) => a + b)
      : this.shown.dataset.pick === "max" ? Math.max(...values) : values[0];
  }

  // The time shown grows up to its span, then moves on.
  reach(at) {
    this.to = Math.max(this.to, at);
    this.from = Math.max(this.from, this.to - this.span);
  }

  extend({ at_us, values }) {
    const at = at_us / 1e6;
    const times = this.data[0];
    // A curve over a day does not need a point every second.
    if (at - times[times.length - 1] < (this.to - this.from) / this.points) return;
    const next = this.series.map(({ key }) => values[key] ?? null);
    if (next.every((value) => value === null)) return;
    times.push(at);
    next.forEach((value, i) => this.data[i + 1].push(value));
    this.reach(at);
    while (times.length > 2 && times[1] < this.from) this.data.forEach((line) => line.shift());
    this.plot.setData(this.data);
  }
}

const begun = new WeakSet();

// What came with a part of the page is drawn, what went with one is let go.
function drawNew() {
  for (const chart of charts) {
    if (chart.element.isConnected) continue;
    chart.plot.destroy();
    charts.delete(chart);
  }
  for (const element of document.querySelectorAll("[data-chart]")) {
    if (begun.has(element)) continue;
    begun.add(element);
    new Chart(element).start();
  }
}

export function drawCharts() {
  drawNew();
  document.addEventListener("htmx:after:swap", drawNew);
  // What was said while the line was broken has to be fetched.
  document.addEventListener("watchroom:again", () => charts.forEach((chart) => {
    if (chart.still) return;
    chart.reach(nowUs() / 1e6);
    chart.start();
  }));
  const redraw = () => charts.forEach((chart) => chart.draw());
  document.addEventListener("watchroom:theme", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

export function extendCharts(message) {
  for (const chart of charts) {
    if (chart.still || chart.machine !== message.machine) continue;
    if (Object.keys(message.values).some((key) => chart.metrics.includes(metricOf(key)))) chart.extend(message);
  }
}
