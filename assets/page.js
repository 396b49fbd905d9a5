/** Between the page's parts and Dash: selection and pulse into `dcc.Store`s, keyboard, panels. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const PULSE_MS = 1000;
  const counts = { selected: 0, alerts: 0 };
  let clicks = 0;
  const PULSE_TRIES = 15; // the first comes before Dash has drawn the page; some pages have no store for it
  const due = { selected: false, alerts: false };
  let tries = 0;
  let pulseTimer = 0;
  let pulseAt = 0; // performance.now() at which the timer fires
  const toldAt = { selected: -Infinity, alerts: -Infinity };

  /** Set a component's props when this page has it; Dash throws on one it does not know. */
  function setProps(id, props) {
    const { dash_clientside: dash, dash_component_api: api } = window;
    if (!dash || !dash.set_props) return false;
    try {
      if (api && api.getLayout && !api.getLayout(id)) return false;
      dash.set_props(id, props);
      return true;
    } catch {
      return false; // Dash has not drawn the page yet
    }
  }

  onemap.setProps = setProps;

  /**
   * Tell Dash that what it shows has changed: at once after a quiet second, else a second
   * after it was told of the same kind. A busy selection does not keep an alert waiting.
   */
  function pulse(kind) {
    due[kind] = true;
    const at = Math.max(performance.now(), toldAt[kind] + PULSE_MS);
    if (pulseTimer && pulseAt <= at) return;
    clearTimeout(pulseTimer);
    pulseAt = at;
    pulseTimer = setTimeout(tell, at - performance.now());
  }

  function tell() {
    pulseTimer = 0;
    const now = performance.now();
    const kinds = Object.keys(due).filter((kind) => due[kind] && toldAt[kind] + PULSE_MS <= now + 1);
    for (const kind of kinds) {
      counts[kind]++;
      toldAt[kind] = now;
    }
    const told = setProps("om-pulse", { data: { ...counts, at: Date.now() } });
    for (const kind of kinds) due[kind] = !told;
    tries = told ? 0 : tries + 1;
    if (tries < PULSE_TRIES) for (const kind in due) if (due[kind]) pulse(kind);
  }

  onemap.on("select", (feature) => {
    clicks++;
    setProps("om-selected", { data: feature ? { ...feature, n: clicks } : null });
  });

  onemap.on("changed", ({ indices }) => {
    const chosen = onemap.selected;
    const model = onemap.model;
    if (chosen && model && indices.some((i) => model.concerns(i, chosen.layer, chosen.code))) pulse("selected");
  });
  onemap.on("alerts", () => {
    pulse("alerts");
    if (onemap.selected) pulse("selected");
  });
  onemap.on("snapshot", () => {
    pulse("alerts");
    pulse("selected");
  });

  // -- keyboard ---------------------------------------------------------------

  const typing = (target) => target.closest && target.closest("input, textarea, select, [contenteditable=true]");

  function focusSearch(event) {
    const search = document.querySelector(".om-search input, input.om-search");
    if (!search) return;
    event.preventDefault();
    search.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (typing(event.target)) event.target.blur();
      else onemap.deselect();
    } else if (!typing(event.target) && event.key === "/") focusSearch(event);
    else if (!typing(event.target) && event.key.toLowerCase() === "l") onemap.toggleLeft();
  });

  /** Show or hide the left panel; the map takes the room. */
  onemap.toggleLeft = function () {
    const app = document.querySelector(".om-app");
    if (!app) return;
    app.classList.toggle("is-left-closed");
    requestAnimationFrame(() => onemap.map && onemap.map.invalidateSize({ pan: false }));
  };

  // -- what Dash renders, without a callback for each ---------------------------

  document.addEventListener("click", (event) => {
    const target = event.target.closest && event.target.closest("[data-om-action], [data-om-open], [data-om-fly]");
    if (!target) return;
    const { omAction, omOpen, omFly } = target.dataset;
    if (omAction === "theme") onemap.theme.toggle();
    if (omAction === "left") onemap.toggleLeft();
    if (omAction === "close") onemap.deselect();
    if (omAction === "sheet") target.closest(".om-sheet")?.classList.toggle("is-open");
    if (omFly) fly(omFly);
    if (omOpen) {
      const colon = omOpen.indexOf(":");
      onemap.select(omOpen.slice(0, colon), omOpen.slice(colon + 1));
    }
  });

  /** "lat,lon[,zoom]" */
  function fly(text) {
    const [lat, lon, zoom] = text.split(",").map(Number);
    if (Number.isFinite(lat) && Number.isFinite(lon)) onemap.flyTo({ lat, lon, zoom });
  }

  /** The drawer that a click opened must not cover what was clicked. */
  function keepInView(map) {
    const { selected, model } = onemap;
    const i = selected && selected.layer === "components" && model ? model.index.get(selected.code) : undefined;
    if (i === undefined || map._animatingZoom || onemap.flying) return;
    const at = [model.columns.lat[i], model.columns.lon[i]];
    const before = map.latLngToContainerPoint(at);
    // One that was off to the other sides was not clicked here: a link or a list knows where to go.
    const covered = before.x > map.getSize().x - 40 && before.x < map.getSize().x + 440;
    if (covered && before.y > 0 && before.y < map.getSize().y) map.panInside(at, { padding: [60, 60] });
  }

  // The map's element changes size with the panels; Leaflet only hears of the window's.
  onemap.on("map", ({ map }) => {
    if (!window.ResizeObserver) return;
    const observer = new ResizeObserver(() => {
      if (!map._loaded) return;
      map.invalidateSize({ pan: false });
      keepInView(map);
    });
    observer.observe(map.getContainer());
    map.on("unload", () => observer.disconnect());
  });
})(window.onemap);
