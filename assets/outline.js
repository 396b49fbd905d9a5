/**
 * The outline of what is selected, drawn on its own: also when its layer is switched off or
 * not drawn at this zoom (an enforcement area that was found by search, say).
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const RING_PX = 15;
  // The canvas marks components by itself; a list is no place; around the district nothing else is.
  const UNDRAWN = new Set(["components", "list", "district"]);

  /** @type {any} the Leaflet layer of the outline there is */
  let drawn = null;
  let asked = 0;

  function clear() {
    if (drawn) drawn.remove();
    drawn = null;
  }

  function draw(feature) {
    const L = window.L;
    const pane = onemap.paneOf(onemap.map, "outline");
    const look = { pane, interactive: false, className: "om-outline" };
    const pointToLayer = (_point, at) => L.circleMarker(at, { ...look, radius: RING_PX });
    drawn = L.geoJSON(feature, { ...look, style: () => look, pointToLayer }).addTo(onemap.map);
  }

  /** @param {{layer: string, code: string} | null} feature */
  async function follow(feature) {
    const mine = ++asked;
    clear();

    if (!feature || UNDRAWN.has(feature.layer)) return;
    const [layer, code] = [feature.layer, feature.code].map(encodeURIComponent);
    try {
      const answer = await fetch(`/api/collections/${layer}/items/${code}`);
      // What was asked for first may arrive last.
      if (answer.ok && mine === asked) draw(await answer.json());
    } catch {
      // The stream's banner says that the server is away; an outline is missing, nothing else.
    }
  }

  /** The map may come after the first selection: a link that was sent opens with one. */
  function whenMap(then) {
    if (onemap.map) then();
    else setTimeout(() => whenMap(then), 100);
  }

  onemap.on("selected", (feature) => whenMap(() => follow(feature)));
})(window.onemap);
