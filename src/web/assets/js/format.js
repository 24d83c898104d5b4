// Numbers, units and times, written as the server writes them (src/web/format.rs).

const page = () => document.body.dataset;
// Between the browser's clock and the hub's, at the moment the page was written.
const skewMs = Number(document.body.dataset.nowUs ?? 0) / 1000 - Date.now();

export const nowUs = () => (Date.now() + (document.body.dataset.nowUs ? skewMs : 0)) * 1000;

const fixed = (value, decimals) =>
  value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

function prefixed(value, step, units) {
  let unit = 0;
  while (Math.abs(value) >= step - 0.05 && unit + 1 < units.length) {
    value /= step;
    unit += 1;
  }
  return [fixed(value, unit > 0 && Math.abs(value) < 100 ? 1 : 0), units[unit]];
}

// A number and its unit, apart.
export function quantity(format, value) {
  switch (format) {
    case "percent": return [fixed(value, 0), "%"];
    case "celsius": return [fixed(value, 1), "°C"];
    case "bytes": return prefixed(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
    case "rate": return prefixed(value, 1000, ["B/s", "kB/s", "MB/s", "GB/s", "TB/s"]);
    case "millis": return [fixed(value, 0), "ms"];
    case "seconds": return [fixed(value, 0), "s"];
    default: return [fixed(value, Math.abs(value) < 100 ? 2 : 0), ""];
  }
}

// Short, for an axis.
export function tick(format, value) {
  const [number, unit] = quantity(format, value);
  const trimmed = number.includes(".") ? number.replace(/\.?0+$/, "") : number;
  return format === "celsius" ? trimmed + "°" : unit === "%" ? trimmed + unit : unit ? `${trimmed} ${unit}` : trimmed;
}

// A number with its unit.
export function say(format, value) {
  const [number, unit] = quantity(format, value);
  return unit === "" || unit === "%" ? number + unit : `${number}\u00a0${unit}`;
}

// Writes a value in place; a <small> inside holds the unit.
export function writeValue(element, format, value) {
  const small = element.querySelector("small");
  if (!small) {
    element.textContent = say(format, value);
    return;
  }
  const [number, unit] = quantity(format, value);
  if (element.firstChild.nodeType !== Node.TEXT_NODE) element.prepend("");
  element.firstChild.data = number;
  small.textContent = unit;
}

const fill = (text, name, value) => text.replace(`{${name}}`, value);
export const word = (name, variable, value) =>
  variable ? fill(page()[name] ?? "", variable, value) : (page()[name] ?? "");

export function ago(us) {
  const s = Math.floor((nowUs() - us) / 1e6);
  if (s < 5) return word("agoNow");
  if (s < 60) return word("agoS", "n", s);
  if (s < 3600) return word("agoMin", "n", Math.floor(s / 60));
  if (s < 172800) return word("agoH", "n", Math.floor(s / 3600));
  return word("agoD", "n", Math.floor(s / 86400));
}

// The hub's time of day.
export function clock(us, seconds) {
  const at = new Date(us / 1000 + Number(page().offsetS ?? 0) * 1000);
  return at.toISOString().slice(11, seconds ? 19 : 16);
}
