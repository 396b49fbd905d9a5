/**
 * Functions for dl.GeoJSON, named there as {"variable": "onemap.areas.style"} and so on.
 * `hideout` says whose features they are: {layer, min_zoom?, icon?}. Live state comes from
 * the stream, never through `hideout`: that would draw the whole layer anew.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const RESTYLE_MS = 1000;
  const STATES = [...onemap.LEVELS.filter(Boolean), "unknown"];
  /** @type {Map<string, Map<string, any>>} layer id -> code -> Leaflet layer */
  const drawn = new Map();
  /** @type {Object<string, number>} layer id -> zoom below which it is not shown */
  const minZoom = {};
  /** Which area layer is touched and carries live state at a zoom: the first that is shown. */
  const ACTIVE = {
    far: ["towns", "enforcement_areas", "communities", "grids"],
    middle: ["communities", "enforcement_areas", "towns", "grids"],
    near: ["grids", "communities", "enforcement_areas", "towns"],
    close: ["grids", "communities", "enforcement_areas", "towns"],
  };

  /** What the page said about a dl.GeoJSON: its layer id, or its component id as a last resort. */
  function told(context) {
    const hideout = context.hideout || {};
    return { ...hideout, layer: hideout.layer || String(context.id || "").replace(/^.*?layer-/, "") };
  }

  const isArea = (feature) => /Polygon/.test(feature.geometry ? feature.geometry.type : "");
  const codeOf = (feature) => String(feature.properties.code ?? feature.id ?? "");

  /** @returns {any} Leaflet path options; colours are the style sheet's (map.css) */
  function style(feature, context) {
    const { layer, min_zoom: min } = told(context);
    if (min !== undefined) minZoom[layer] = min;
    const safe = onemap.places.safe;
    const form = isArea(feature) ? "om-area" : "om-line";
    const kind = feature.properties.kind ? ` om-kind--${safe(feature.properties.kind)}` : "";
    return {
      pane: onemap.paneOf(context.map, layer),
      className: `${form} ${form}--${safe(layer)}${kind}`,
      fill: isArea(feature),
      interactive: !onemap.isUntouchable(layer),
      weight: 1,
    };
  }

  /** `onEachFeature`: remember it, mark its state, make it answer. */
  function each(feature, one, context) {
    const { layer } = told(context);
    const code = codeOf(feature);
    if (!drawn.has(layer)) drawn.set(layer, new Map());
    drawn.get(layer).set(code, one);
    one.on("add", () => {
      mark(layer, code, one);
      tellActiveSoon();
    });
    one.on("remove", () => drawn.get(layer).get(code) === one && drawn.get(layer).delete(code));
    if (onemap.isUntouchable(layer)) return;
    one.on("click", (event) => {
      window.L.DomEvent.stopPropagation(event);
      onemap.select(layer, code);
    });
    if (!(layer in onemap.AREA_COLUMNS)) label(feature, one);
  }

  /** The name beside a place under the pointer. A text node: a name is data, never markup. */
  function label(feature, one) {
    const text = document.createTextNode(String(feature.properties.name ?? ""));
    const element = document.createElement("span");
    element.append(text);
    one.bindTooltip(element, { direction: "top", offset: [0, -12], className: "om-tip-place" });
  }

  /** Bring one feature's classes up to its state. */
  function mark(layer, code, one) {
    const element = one.getElement && one.getElement();
    if (!element) return;
    const state = onemap.model ? onemap.model.stateOf(layer, code) : null;
    for (const name of STATES) element.classList.toggle("om-live--" + name, name === state);
    const chosen = onemap.selected;
    const selected = Boolean(chosen && chosen.layer === layer && chosen.code === code);
    element.classList.toggle("is-selected", selected);
    if (selected && one.bringToFront) one.bringToFront();
  }

  // -- live state -------------------------------------------------------------

  let restyleTimer = 0;
  let restyledAt = -Infinity;

  function restyle() {
    restyleTimer = 0;
    restyledAt = performance.now();
    for (const [layer, rollup] of Object.entries(onemap.model.rollups)) {
      const features = drawn.get(layer);
      for (const area of features ? rollup.changed : []) {
        const code = rollup.codes[area];
        if (features.has(code)) mark(layer, code, features.get(code));
      }
      rollup.changed.clear();
    }
  }

  onemap.on("changed", () => {
    if (restyleTimer || !Object.values(onemap.model.rollups).some((rollup) => rollup.changed.size)) return;
    restyleTimer = setTimeout(restyle, Math.max(0, RESTYLE_MS - (performance.now() - restyledAt)));
  });

  function markAll() {
    for (const [layer, features] of drawn) for (const [code, one] of features) mark(layer, code, one);
  }

  onemap.on("snapshot", markAll);

  /** @type {{layer: string, code: string} | null} */
  let before = null;
  onemap.on("selected", (feature) => {
    for (const { layer, code } of [before, feature].filter(Boolean)) {
      const one = drawn.get(layer) && drawn.get(layer).get(code);
      if (one) mark(layer, code, one);
    }
    before = feature;
  });

  // -- which layer answers ------------------------------------------------------

  function tellActive() {
    const map = onemap.map;
    if (!map || !map._loaded) return;
    const zoom = map.getZoom();
    for (const [layer, min] of Object.entries(minZoom)) {
      const pane = map.getPane("om-" + layer);
      if (pane && !onemap.isHidden(layer)) pane.style.display = zoom < min ? "none" : "";
    }
    const shown = (layer) => drawn.has(layer) && drawn.get(layer).size && !onemap.isHidden(layer) && zoom >= (minZoom[layer] || 0);
    const active = ACTIVE[map.getContainer().dataset.omZoom || "far"].find(shown);
    for (const layer of Object.keys(onemap.AREA_COLUMNS)) {
      const pane = map.getPane("om-" + layer);
      if (!pane) continue;
      pane.classList.add("om-area-pane");
      pane.classList.toggle("is-active", layer === active);
    }
    onemap.emit("drawn");
  }

  let activeFrame = 0;
  function tellActiveSoon() {
    if (!activeFrame) {
      activeFrame = requestAnimationFrame(() => {
        activeFrame = 0;
        tellActive();
      });
    }
  }

  onemap.on("layers", tellActiveSoon);
  onemap.on("map", ({ map }) => map.on("zoomend", tellActiveSoon));

  onemap.areas = { style, each, onEachFeature: each, told, drawn, minZoom };
})(window.onemap);
