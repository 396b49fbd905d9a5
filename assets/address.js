/** The address bar holds the view: `?at=lat,lon,zoom` (WGS 84 degrees) and `&sel=layer:code`. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  /** Write or drop query parameters; the others (lang, layers, theme) stay. */
  function write(parameters) {
    const url = new URL(location.href);
    for (const [key, value] of Object.entries(parameters)) {
      if (value === null) url.searchParams.delete(key);
      else url.searchParams.set(key, value);
    }
    // Commas and colons may stand in a query; people read these links.
    const query = url.searchParams.toString().replace(/%2C/g, ",").replace(/%3A/g, ":");
    const next = url.pathname + (query ? "?" + query : "") + url.hash;
    if (next !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", next);
  }

  /** What the address bar says now. */
  onemap.address = function () {
    const query = new URLSearchParams(location.search);
    const at = (query.get("at") || "").split(",").map(Number);
    const [layer, code] = (query.get("sel") || "").split(":");
    return {
      at: at.length === 3 && at.every(Number.isFinite) ? { lat: at[0], lon: at[1], zoom: at[2] } : null,
      selected: layer && code ? { layer, code } : null,
    };
  };

  onemap.on("map", ({ map }) => {
    const asked = onemap.address();
    // Only before the first view is shown to anybody: a link is a person's wish.
    if (asked.at) map.whenReady(() => map.setView([asked.at.lat, asked.at.lon], asked.at.zoom, { animate: false }));
    map.on("moveend", () => {
      const center = map.getCenter();
      const zoom = Math.round(map.getZoom() * 100) / 100;
      write({ at: `${center.lat.toFixed(5)},${center.lng.toFixed(5)},${zoom}` });
    });
    if (asked.selected && !onemap.selected) onemap.highlight(asked.selected.layer, asked.selected.code);
  });

  onemap.on("selected", (feature) => write({ sel: feature ? `${feature.layer}:${feature.code}` : null }));
})(window.onemap);
