/**
 * Every Leaflet map whose element's id starts with "map": its panes, the components, the
 * address bar. Nothing here moves the view but `flyTo`, which a person asked for.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  /** One pane a layer, lowest first, so that showing, hiding and fading one touches nothing else. */
  const PANES = {
    district: 401, water: 402, communities: 404, grids: 406, enforcement_areas: 408, towns: 410,
    roads: 412, components: 450, outline: 605, key_projects: 610, service_points: 612, party_sites: 614, labels: 618, alerts: 640,
  };
  // Canvases and labels are only looked at; what lies below must get the pointer.
  const UNTOUCHABLE = new Set(["components", "alerts", "labels", "outline", "district", "water", "roads"]);

  onemap.isUntouchable = (layer) => UNTOUCHABLE.has(layer);

  const hidden = new Set();

  /** @param {string} layer an id from the contract */
  onemap.isHidden = (layer) => hidden.has(layer);

  /** Pane of a layer; a site's own layers lie between roads and components. */
  onemap.paneOf = function (map, layer) {
    const name = "om-" + layer;
    const pane = map.getPane(name) || map.createPane(name);
    if (!pane.style.zIndex) {
      pane.style.zIndex = String(PANES[layer] || 430);
      if (UNTOUCHABLE.has(layer)) pane.style.pointerEvents = "none";
      // A wider margin than Leaflet's: a drag shows no bare edge.
      if (window.L && !map._paneRenderers[name]) map._paneRenderers[name] = window.L.svg({ pane: name, padding: 0.3 });
    }
    return name;
  };

  onemap.layers = {
    /** Show or hide a layer, at once and without fetching. */
    show(layer, on) {
      if (on) hidden.delete(layer);
      else hidden.add(layer);
      onemap.layers.apply(layer, (pane) => (pane.style.display = on ? "" : "none"));
      onemap.emit("layers", { layer, on });
    },

    /** Fade a layer. @param {string} layer @param {number} opacity 0-1 */
    opacity(layer, opacity) {
      onemap.layers.apply(layer, (pane) => (pane.style.opacity = opacity >= 1 ? "" : String(opacity)));
    },

    /** Components have two panes; alerts fade and go with them. */
    apply(layer, change) {
      if (!onemap.map) return;
      for (const one of layer === "components" ? ["components", "alerts"] : [layer]) {
        change(onemap.map.getPane(onemap.paneOf(onemap.map, one)));
      }
    },
  };

  /**
   * Go somewhere, because a person asked.
   * @param {{lat?: number, lon?: number, zoom?: number, bounds?: [[number, number], [number, number]]}} where
   *   WGS 84 degrees; bounds as [[south, west], [north, east]]
   */
  onemap.flyTo = function (where) {
    const map = onemap.map;
    if (!map) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const options = { animate: !still, duration: 0.6 };
    onemap.flying = true; // Leaflet keeps no such mark itself
    map.once("moveend", () => (onemap.flying = false));
    if (where.bounds) map.flyToBounds(where.bounds, { ...options, padding: [40, 40], maxZoom: 17 });
    else map.flyTo([where.lat, where.lon], where.zoom || Math.max(map.getZoom(), 16), options);
  };

  /** The zoom as words for the style sheet: what a border or symbol is worth now. */
  function tellZoom(map) {
    const zoom = map.getZoom();
    const word = zoom <= 11.5 ? "far" : zoom <= 13 ? "middle" : zoom <= 15.5 ? "near" : "close";
    map.getContainer().dataset.omZoom = word;
  }

  onemap.withLeaflet((L) => {
    L.Map.addInitHook(function () {
      const map = this;
      if (!/^map/.test(map.getContainer().id)) return;
      for (const layer of Object.keys(PANES)) onemap.paneOf(map, layer);
      onemap.map = map;
      onemap.layer = new onemap.ComponentsLayer();
      onemap.layer.addTo(map); // Leaflet waits for the first view by itself
      for (const layer of hidden) onemap.layers.show(layer, false);
      map.on("zoomend load", () => tellZoom(map));
      map.whenReady(() => tellZoom(map));
      map.on("unload", () => {
        if (onemap.map === map) onemap.map = onemap.layer = null;
      });
      onemap.emit("map", { map });
    });
  });
})(window.onemap);
