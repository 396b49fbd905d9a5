/**
 * Symbols by the `icon` name of a layer or component class: path data on a 24 × 24
 * grid, drawn as strokes (width 2, round), so that one form serves canvas and SVG.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  /** @type {Object<string, string>} */
  const ICONS = {
    // components
    dot: "M12 10a2 2 0 1 0 0 4a2 2 0 1 0 0-4",
    cover: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M9 8v8M15 8v8M12 7v10",
    drain: "M4 6h16v12H4zM8 9v6M12 9v6M16 9v6",
    wave: "M3 9c3-3 6 3 9 0s6-3 9 0M3 15c3-3 6 3 9 0s6-3 9 0",
    gauge: "M4 17a8.5 8.5 0 1 1 16 0M12 15l4-5",
    drop: "M12 4c4 5 6 7.5 6 10.5a6 6 0 0 1-12 0C6 11.5 8 9 12 4z",
    dust: "M4 9h10a3 3 0 1 0-3-3M4 13h14a3 3 0 1 1-3 3M4 17h7",
    sound: "M4 10v4h3l5 4V6L7 10zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
    hydrant: "M9 20V9a3 3 0 0 1 6 0v11M7 20h10M7 13H5M19 13h-2M12 6V3",
    smoke: "M7 19h10M8 15h8a4 4 0 0 0 .5-8A5 5 0 0 0 7 8a3.5 3.5 0 0 0 1 7",
    lamp: "M8 21h6M11 21V5h5a4 4 0 0 1 4 4h-6V5",
    bin: "M6 8h12l-1 12H7zM4 8h16M10 8V5h4v3",
    parking: "M9 19V5h4.5a4 4 0 0 1 0 8.5H9",
    lift: "M5 4h14v16H5zM9 11l3-3 3 3M9 14l3 3 3-3",
    charge: "M13 3L6 13h5l-1 8 8-11h-5z",
    camera: "M4 7h11v10H4zM15 11l5-3v8l-5-3",
    // places
    project: "M4 20h16M6 20V9l6-5v16M12 20h6V11l-6-3M15 14v.01M15 17v.01M9 12v.01M9 16v.01",
    party: "M12 4l2.4 5 5.600.7-4.1 3.9 1 5.4-4.9-2.700L7.100 19l1-5.400L4 9.700 9.600 9z",
    service: "M12 20s-7-4.5-7-9.5a4 4 0 0 1 7-2.5 4 4 0 0 1 7 2.5c0 5-7 9.5-7 9.5z",
    // what a key project's mark says about its state
    late: "M12 5v8M12 17v.01",
    stopped: "M9 7v10M15 7v10",
    done: "M5 13l4 4L19 7",
    planned: "M12 6v6l4 2",
    // layers and controls
    district: "M4 6l6-2 4 2 6-2v14l-6 2-4-2-6 2z",
    towns: "M4 20V10l5-4 5 4v10M14 20V12l3-2 3 2v8M3 20h18",
    communities: "M4 12l8-7 8 7M6 11v9h12v-9M10 20v-5h4v5",
    grids: "M4 4h16v16H4zM4 12h16M12 4v16",
    enforcement_areas: "M12 3l7 3v6c0 5-3.5 7.5-7 9-3.5-1.5-7-4-7-9V6z",
    water: "M3 9c3-3 6 3 9 0s6-3 9 0M3 15c3-3 6 3 9 0s6-3 9 0",
    roads: "M8 3L5 21M16 3l3 18M12 4v3M12 11v3M12 18v3",
    search: "M11 4a7 7 0 1 0 0 14a7 7 0 1 0 0-14M16 16l5 5",
    close: "M6 6l12 12M18 6L6 18",
    layers: "M12 4l9 5-9 5-9-5zM3 14l9 5 9-5",
    target: "M12 6a6 6 0 1 0 0 12a6 6 0 1 0 0-12M12 2v4M12 18v4M2 12h4M18 12h4",
  };

  // Layer ids serve as names too, so that a legend can ask by either.
  const ALIASES = { key_projects: "project", party_sites: "party", service_points: "service", components: "dot", component: "dot", community: "communities", enforcement: "enforcement_areas", grid: "grids", road: "roads", town: "towns" };

  onemap.icons = ICONS;

  /** Path data of a symbol; a dot when there is none of that name. */
  onemap.icon = (name) => ICONS[ALIASES[name] || name] || ICONS.dot;

  /**
   * An inline SVG element of a symbol, in the colour of the text around it.
   * @param {string} name @param {number} [size] CSS pixels
   * @returns {SVGSVGElement}
   */
  onemap.iconElement = function (name, size) {
    const NS = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(NS, "svg");
    const attributes = { viewBox: "0 0 24 24", width: size || 16, height: size || 16, fill: "none", stroke: "currentColor" };
    Object.assign(attributes, { "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" });
    for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, String(value));
    const path = document.createElementNS(NS, "path");
    path.setAttribute("d", onemap.icon(name));
    svg.append(path);
    return svg;
  };
})(window.onemap);
