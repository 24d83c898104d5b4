// The console's script. Every page works without it; with it, what is shown stays true by itself.
import "htmx.org";
import { connect } from "./js/feed.js";
import { apply, watchRegions } from "./js/live.js";
import { drawCharts, extendCharts } from "./js/charts.js";
import { bindCopy } from "./js/copy.js";
import { bindKeys } from "./js/keys.js";
import { bindRoom } from "./js/room.js";
import { bindTheme } from "./js/theme.js";

bindTheme();
bindCopy();
bindKeys();
bindRoom();
watchRegions();
drawCharts();
connect((message) => {
  apply(message);
  if (message.kind === "values") extendCharts(message);
});
