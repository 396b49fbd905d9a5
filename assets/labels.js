/**
 * Names of areas on one canvas: towns far out, communities nearer, grids close; only in
 * view, only where they fit, none over another. Canvas text, so a name is never markup.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  /** Layers to name by zoom, most important first; size in CSS pixels. */
  const BY_ZOOM = [
    { upTo: 12.5, layers: [["towns", 14, 600]] },
    { upTo: 14.5, layers: [["communities", 12, 500]] },
    { upTo: Infinity, layers: [["grids", 12, 400]] },
  ];
  const GAP = 6;
  const RIVERS_FROM = 14; // farther out only lakes are named: a hundred canals would bury the towns

  class Labels {
    /** @param {any} map */
    constructor(map) {
      this.map = map;
      this.canvas = document.createElement("canvas");
      this.canvas.className = "om-canvas";
      this.canvas.setAttribute("aria-hidden", "true");
      map.getPane("om-labels").append(this.canvas);
      this.context = this.canvas.getContext("2d");
      this.frame = 0;
      map.on("moveend zoomend resize", () => this.soon());
      map.on("zoomstart", () => (this.canvas.style.visibility = "hidden"));
    }

    soon() {
      if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
    }

    draw() {
      this.frame = 0;
      if (!this.map._loaded || this.map._animatingZoom) return;
      this.lay();
      this.boxes = [];
      const zoom = this.map.getZoom();
      const { layers } = BY_ZOOM.find((step) => zoom <= step.upTo);
      for (const [layer, size, weight] of layers) this.drawLayer(layer, size, weight, "--om-text", 0.85);
      const named = zoom < RIVERS_FROM ? (one) => one.feature.properties.kind === "lake" : undefined;
      this.drawLayer("water", 12, 400, "--om-water-text", 1, named);
      this.canvas.style.visibility = "";
    }

    lay() {
      const size = this.map.getSize();
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      this.canvas.width = size.x * ratio;
      this.canvas.height = size.y * ratio;
      this.canvas.style.width = size.x + "px";
      this.canvas.style.height = size.y + "px";
      window.L.DomUtil.setPosition(this.canvas, this.map.containerPointToLayerPoint([0, 0]));
      this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }

    drawLayer(layer, size, weight, token, alpha, wanted) {
      const features = onemap.areas.drawn.get(layer);
      if (!features || onemap.isHidden(layer) || this.map.getZoom() < (onemap.areas.minZoom[layer] || 0)) return;
      const { context } = this;
      context.font = `${weight} ${size}px ${onemap.token("--om-font", "sans-serif")}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineJoin = "round";
      context.lineWidth = 3;
      context.globalAlpha = alpha;
      context.strokeStyle = onemap.token("--om-land", "#0f1829");
      context.fillStyle = onemap.token(token, "#e6edf7");
      for (const one of features.values()) if (!wanted || wanted(one)) this.drawName(one, size);
      context.globalAlpha = 1;
    }

    drawName(one, size) {
      const { name, lx, ly } = one.feature.properties;
      if (!name || !one.getBounds) return;
      const view = this.map.getSize();
      const at = this.map.latLngToContainerPoint(lx === undefined ? one.getBounds().getCenter() : [ly, lx]);
      if (at.x < 0 || at.y < 0 || at.x > view.x || at.y > view.y) return;
      const half = this.context.measureText(name).width / 2;
      if (!this.fits(one, half, size)) return;
      const box = [at.x - half - GAP, at.y - size / 2 - GAP, at.x + half + GAP, at.y + size / 2 + GAP];
      if (this.boxes.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) return;
      this.boxes.push(box);
      this.context.strokeText(name, at.x, at.y);
      this.context.fillText(name, at.x, at.y);
    }

    /** A name may be a little wider than its area, not much. */
    fits(one, half, size) {
      const bounds = one.getBounds();
      const a = this.map.latLngToContainerPoint(bounds.getNorthWest());
      const b = this.map.latLngToContainerPoint(bounds.getSouthEast());
      return (b.x - a.x) * 0.6 > half && b.y - a.y > size;
    }
  }

  let labels = null;
  onemap.on("map", ({ map }) => (labels = new Labels(map)));
  onemap.on("drawn", () => labels && labels.soon());
  onemap.on("theme", () => labels && labels.soon());
})(window.onemap);
