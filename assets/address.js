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

  /** The feature that the address bar names, or null. */
  function askedFor() {
    const [layer, code] = (new URLSearchParams(location.search).get("sel") || "").split(":");
    return layer && code ? { layer, code } : null;
  }

  // `at` is read by the server, which lays the map out; here it is only written.
  onemap.on("map", ({ map }) => {
    map.on("moveend", () => {
      const center = map.getCenter();
      const zoom = Math.round(map.getZoom() * 100) / 100;
      write({ at: `${center.lat.toFixed(5)},${center.lng.toFixed(5)},${zoom}` });
    });
    const asked = askedFor();
    if (asked && !onemap.selected) onemap.highlight(asked.layer, asked.code);
  });

  onemap.on("selected", (feature) => write({ sel: feature ? `${feature.layer}:${feature.code}` : null }));
})(window.onemap);
