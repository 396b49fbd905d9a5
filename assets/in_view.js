/**
 * What a person chose must not lie under the drawer: on a phone it covers the lower part of the
 * map, on a small screen the right. Moves the map only for a choice, never for data, and no more
 * once the map has been touched.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const EDGE = 48; // CSS pixels that stay free around it
  const TOP = 100; // a phone's search pill and what stands below it
  const LASTS_MS = 5000; // a drawer, a layer or a snapshot may come late; later than that is no answer
  let until = 0;

  /** Where the selection is drawn, or null while that is not known. */
  function placeOf({ layer, code }) {
    const { model, areas } = onemap;
    if (layer === "components") {
      const i = model ? model.index.get(code) : undefined;
      return i === undefined ? null : window.L.latLng(model.columns.lat[i], model.columns.lon[i]);
    }
    const one = areas.drawn.has(layer) ? areas.drawn.get(layer).get(code) : null;
    if (!one) return null;
    return one.getLatLng ? one.getLatLng() : one.getBounds().getCenter();
  }

  /** How much of the map the drawer covers, CSS pixels: [right, bottom]. */
  function covered(map) {
    const drawer = document.querySelector(".om-drawer");
    const over = drawer ? drawer.getBoundingClientRect() : null;
    const view = map.getContainer().getBoundingClientRect();
    if (!over || !over.width || over.left >= view.right || over.top >= view.bottom) return [0, 0];
    const whole = over.left <= view.left + 1;
    return whole ? [0, view.bottom - over.top] : [view.right - over.left, 0];
  }

  function uncover() {
    const { map, selected } = onemap;
    if (performance.now() > until || !map || !map._loaded || !selected || onemap.flying || map._animatingZoom) return;
    const [right, bottom] = covered(map);
    const at = right || bottom ? placeOf(selected) : null;
    if (!at) return;
    const [point, size] = [map.latLngToContainerPoint(at), map.getSize()];
    if (point.x > 0 && point.y > TOP - EDGE && point.x < size.x - right - EDGE && point.y < size.y - bottom - EDGE) return;
    const middle = window.L.point((size.x - right) / 2, bottom ? (TOP + size.y - bottom) / 2 : point.y);
    map.panBy([Math.round(point.x - middle.x), Math.round(point.y - middle.y)], { animate: false });
  }

  let frame = 0;
  function soon() {
    if (!frame)
      frame = requestAnimationFrame(() => {
        frame = 0;
        uncover();
      });
  }

  onemap.on("selected", () => {
    until = performance.now() + LASTS_MS;
    soon();
  });
  onemap.on("drawn", soon);
  onemap.on("snapshot", soon);

  onemap.on("map", ({ map }) => {
    until = performance.now() + LASTS_MS;
    map.on("moveend", soon);
    for (const touch of ["pointerdown", "wheel"]) map.getContainer().addEventListener(touch, () => (until = 0), { passive: true });
    const drawer = document.querySelector(".om-drawer");
    if (!drawer || !window.ResizeObserver) return;
    const observer = new ResizeObserver(soon);
    observer.observe(drawer);
    map.on("unload", () => observer.disconnect());
  });
})(window.onemap);
