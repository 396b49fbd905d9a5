/**
 * All components on two canvases of one Leaflet layer, never one DOM node each: quiet
 * marks under the places, alerts above everything. One paint a frame, only what changed
 * while the view is still.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const PAD = 0.2; // how much is drawn beyond the view, so that a short drag needs no drawing
  const PAD_MAX = 240; // CSS pixels; a 4K wall would pay for more in memory
  const PULSE_FRAME_MS = 80;

  onemap.withLeaflet((L) => {
    const canvasIn = (pane) => {
      const canvas = L.DomUtil.create("canvas", "om-canvas leaflet-zoom-animated", pane);
      canvas.setAttribute("aria-hidden", "true");
      return canvas;
    };

    onemap.ComponentsLayer = L.Layer.extend({
      onAdd(map) {
        this.painted = 0;
        this.unseen = 0;
        this.dirty = new Set();
        this.whole = true;
        this.stirred = false; // alerts need drawing
        this.notBefore = 0;
        this.paintMs = 0;
        // Told maybe before the map has its first view, which is when this runs.
        this.acknowledged = this.acknowledged || new Set();
        this.dots = new onemap.DotsCanvas(canvasIn(map.getPane("om-components")));
        this.alerts = new onemap.AlertsCanvas(canvasIn(map.getPane("om-alerts")));
        this.pointer = new onemap.ComponentsPointer(map, this);
        if (onemap.model) this.adopt(onemap.model);
      },

      onRemove() {
        cancelAnimationFrame(this.frame);
        clearTimeout(this.pulseTimer);
        this.pointer.remove();
        this.dots.canvas.remove();
        this.alerts.canvas.remove();
      },

      getEvents() {
        const events = { viewreset: this.redraw, moveend: this.redraw, resize: this.redraw, move: this.follow, zoom: this.stretch };
        if (this._map._zoomAnimated) events.zoomanim = this.animate;
        return events;
      },

      // -- what changed -----------------------------------------------------

      adopt(model) {
        this.scene = new onemap.Scene(model);
        this.unseen = model.count; // until the first painting of this snapshot
        this.dirty.clear();
        this.select(onemap.selected);
        this.redraw();
      },

      change(indices) {
        for (const i of indices) this.dirty.add(i);
        this.schedule();
      },

      /** @param {{layer: string, code: string} | null} feature */
      select(feature) {
        if (!this.scene) return;
        const code = feature && feature.layer === "components" ? feature.code : null;
        this.scene.selected = this.scene.model.index.get(code) ?? -1;
        this.stirred = true;
        this.schedule();
      },

      /** @param {Set<string>} codes components whose red alerts have all been acknowledged */
      setAcknowledged(codes) {
        this.acknowledged = codes;
        this.stirred = true;
        this.schedule();
      },

      paintedLevelOf(code) {
        const i = this.scene ? this.scene.model.index.get(code) : undefined;
        return i === undefined ? null : onemap.LEVELS[this.scene.level[i]];
      },

      // -- painting ---------------------------------------------------------

      redraw() {
        this.whole = true;
        this.schedule();
      },

      schedule() {
        if (!this.frame && this._map) this.frame = requestAnimationFrame(() => this.paint());
      },

      paint() {
        this.frame = 0;
        if (!this.scene || !this._map || !this._map._loaded) return;
        const start = performance.now();
        // A picture that is dear to draw (all of 100 000 in alarm) is drawn less often, not jerkily.
        if (start < this.notBefore && !this.whole) return this.schedule();
        const whole = this.whole && !this._map._animatingZoom;
        if (whole) this.lay();
        if (!this.scene.view) return;
        this.takeChanges(whole);
        if (whole) this.dots.draw(this.scene);
        if (whole || this.stirred) this.paintAlerts();
        if (whole) {
          this.whole = false;
          this.painted += this.unseen;
          this.unseen = 0;
        }
        this.paintMs = performance.now() - start;
        this.notBefore = start + 3 * this.paintMs - 16;
      },

      takeChanges(whole) {
        for (const i of this.dirty) {
          const { level, look } = this.scene.update(i);
          if (look && !whole) this.dots.repaint(this.scene, i);
          if (level || (look && this.scene.level[i])) this.stirred = true;
        }
        // The first painting of a snapshot counts every component, changed since or not.
        if (!this.unseen) this.painted += this.dirty.size;
        this.dirty.clear();
      },

      paintAlerts() {
        this.stirred = false;
        const { codes } = this.scene.model;
        const pulsing = this.alerts.draw(this.scene, this.scene.byLevel, (i) => !this.acknowledged.has(codes[i]));
        clearTimeout(this.pulseTimer);
        if (!pulsing) return;
        this.pulseTimer = setTimeout(() => {
          this.stirred = true;
          this.schedule();
        }, Math.max(PULSE_FRAME_MS, this.paintMs * 8));
      },

      // -- the view ---------------------------------------------------------

      /** Lay both canvases over the view and a little beyond. */
      lay() {
        const map = this._map;
        const size = map.getSize();
        const pad = L.point(Math.min(size.x * PAD, PAD_MAX), Math.min(size.y * PAD, PAD_MAX)).round();
        const ratio = Math.min(window.devicePixelRatio || 1, 2);
        const zoom = map.getZoom();
        const band = onemap.zoomBand(zoom);
        const corner = map.containerPointToLayerPoint(pad.multiplyBy(-1)).round();
        const world = map.getPixelOrigin().add(corner);
        const view = { scale: 256 * 2 ** zoom, left: world.x, top: world.y, ratio, pad, corner, zoom, center: map.getCenter() };
        view.width = Math.round((size.x + 2 * pad.x) * ratio);
        view.height = Math.round((size.y + 2 * pad.y) * ratio);
        const key = `${band}/${ratio}/${this.scene.model.count}`;
        if (!this.sprites || this.sprites.key !== key) {
          this.sprites = new onemap.Sprites(band, ratio, this.scene.model.count);
          this.sprites.key = key;
        }
        this.scene.sprites = this.sprites;
        this.scene.view = view;
        for (const { canvas } of [this.dots, this.alerts]) this.place(canvas, view, size, pad);
      },

      place(canvas, view, size, pad) {
        if (canvas.width !== view.width || canvas.height !== view.height) {
          canvas.width = view.width;
          canvas.height = view.height;
          canvas.style.width = `${size.x + 2 * pad.x}px`;
          canvas.style.height = `${size.y + 2 * pad.y}px`;
        }
        L.DomUtil.setPosition(canvas, view.corner);
      },

      /** While dragged the canvases move with the pane; drawn again only when their edge would show. */
      follow() {
        const view = this.scene && this.scene.view;
        if (!view || this.whole || this._map._animatingZoom) return;
        if (view.zoom !== this._map.getZoom()) return;
        const moved = this._map.containerPointToLayerPoint([0, 0]).subtract(view.corner).subtract(view.pad);
        if (Math.abs(moved.x) > view.pad.x || Math.abs(moved.y) > view.pad.y) this.redraw();
      },

      stretch() {
        this.transform(this._map.getCenter(), this._map.getZoom());
      },

      animate(event) {
        this.transform(event.center, event.zoom);
      },

      transform(center, zoom) {
        const view = this.scene && this.scene.view;
        if (!view) return;
        const map = this._map;
        const scale = map.getZoomScale(zoom, view.zoom);
        const half = map.getSize().multiplyBy(0.5).add(view.pad);
        const corner = half.multiplyBy(-scale).add(map.project(view.center, zoom)).subtract(map._getNewPixelOrigin(center, zoom));
        for (const { canvas } of [this.dots, this.alerts]) L.DomUtil.setTransform(canvas, corner, scale);
      },

      /** Tokens have changed: marks are drawn anew. */
      retheme() {
        this.sprites = null;
        this.redraw();
      },
    });
  });

  onemap.on("snapshot", ({ model }) => onemap.layer && onemap.layer.adopt(model));
  onemap.on("changed", ({ indices }) => onemap.layer && onemap.layer.change(indices));
  onemap.on("theme", () => onemap.layer && onemap.layer.retheme());
  onemap.on("selected", (feature) => onemap.layer && onemap.layer.select(feature));
})(window.onemap);
