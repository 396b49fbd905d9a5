/** Places on the map: key projects, party sites, service points, and a site's own point layers. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const SIZE = 26; // CSS pixels
  /** Layers whose features have a mark for their status, and what each status is marked with. */
  const STATUS_MARKS = { late: "late", stopped: "stopped", done: "done", warning: "planned" };

  /** Only characters that may stand in a class name; the text is data. */
  const safe = (text) => String(text).replace(/[^\w-]/g, "_");

  function plate(layer, icon, status) {
    const element = document.createElement("span");
    element.className = "om-plate";
    element.append(onemap.iconElement(icon || layer, 15));
    if (status in STATUS_MARKS) {
      const mark = document.createElement("span");
      mark.className = "om-mark";
      mark.append(onemap.iconElement(STATUS_MARKS[status], 11));
      element.append(mark);
    }
    return element;
  }

  onemap.places = {
    /**
     * `pointToLayer` of dl.GeoJSON. `hideout`: {layer, icon?}.
     * @param {any} feature @param {any} latlng @param {any} context
     */
    marker(feature, latlng, context) {
      const L = window.L;
      const { layer, icon } = onemap.areas.told(context);
      const status = layer === "key_projects" ? feature.properties.status : null;
      const classes = ["om-place", "om-place--" + safe(layer)];
      if (status) classes.push("om-status--" + safe(status));
      const drawn = L.divIcon({ html: plate(layer, icon, status), className: classes.join(" "), iconSize: [SIZE, SIZE] });
      // The lists and the search are the keyboard's way to places; hundreds of tab stops are not.
      return L.marker(latlng, { icon: drawn, pane: onemap.paneOf(context.map, layer), keyboard: false });
    },

    safe,
  };
})(window.onemap);
