/** What is to be drawn: the model, where each component stands, the view, the marks. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  class Scene {
    /** @param {any} model */
    constructor(model) {
      this.model = model;
      const { lon, lat } = model.columns;
      this.x = new Float64Array(model.count);
      this.y = new Float64Array(model.count);
      for (let i = 0; i < model.count; i++) [this.x[i], this.y[i]] = onemap.mercator(lon[i], lat[i]);
      this.grid = new onemap.SpatialGrid(this.x, this.y);
      this.icons = (model.header.classes || []).map((one) => one.icon || "dot");
      /** what stands on the canvas now, which may be a frame behind the model */
      this.level = new Uint8Array(model.level);
      this.look = new Uint8Array(model.count);
      for (let i = 0; i < model.count; i++) this.look[i] = this.lookOf(i);
      this.byLevel = [null, new Set(), new Set(), new Set(), new Set()];
      for (let i = 0; i < model.count; i++) if (this.level[i]) this.byLevel[this.level[i]].add(i);
      this.view = null;
      this.sprites = null;
      this.selected = -1;
    }

    /** A quiet mark depends on presence and on having been heard; both in one number. */
    lookOf(i) {
      return this.model.presence[i] * 2 + (Number.isNaN(this.model.heard[i]) ? 0 : 1);
    }

    /**
     * Bring component `i` up to the model.
     * @returns {{level: boolean, look: boolean}} what of it changed
     */
    update(i) {
      const level = this.model.level[i];
      const look = this.lookOf(i);
      const changed = { level: level !== this.level[i], look: look !== this.look[i] };
      if (changed.level) {
        if (this.level[i]) this.byLevel[this.level[i]].delete(i);
        if (level) this.byLevel[level].add(i);
        this.level[i] = level;
      }
      this.look[i] = look;
      return changed;
    }

    levelAt(i) {
      return this.level[i];
    }

    /** @returns {[number, number]} canvas position of component `i`, whole device pixels */
    place(i) {
      const { scale, left, top, ratio } = this.view;
      return [Math.round((this.x[i] * scale - left) * ratio), Math.round((this.y[i] * scale - top) * ratio)];
    }

    /** Call `visit(i)` for every component near or in a box of canvas device pixels. */
    eachIn(x0, y0, x1, y1, visit) {
      const { scale, left, top, ratio } = this.view;
      const worldX = (x) => (x / ratio + left) / scale;
      const worldY = (y) => (y / ratio + top) / scale;
      this.grid.each(worldX(x0), worldY(y0), worldX(x1), worldY(y1), visit);
    }

    dot(i) {
      const look = this.look[i];
      return this.sprites.dot(look >> 1, (look & 1) === 1, this.icons[this.model.columns.class[i]]);
    }

    alert(i, level) {
      return this.sprites.alert(level, this.look[i] >> 1, this.icons[this.model.columns.class[i]]);
    }

    /**
     * What is under a point: alerts before quiet marks, the higher level before the nearer.
     * @param {number} x @param {number} y canvas device pixels @param {number} slop CSS pixels
     * @returns {number} a component's index, or -1
     */
    hit(x, y, slop) {
      const { ratio } = this.view;
      const far = (this.sprites.reach(4) + slop) * ratio;
      let [best, bestLevel, bestDistance] = [-1, -1, Infinity];
      this.eachIn(x - far, y - far, x + far, y + far, (i) => {
        const level = this.level[i];
        const [px, py] = this.place(i);
        const distance = Math.hypot(px - x, py - y);
        if (distance > (this.sprites.reach(level) + slop) * ratio || level < bestLevel) return;
        if (level > bestLevel || distance < bestDistance) [best, bestLevel, bestDistance] = [i, level, distance];
      });
      return best;
    }
  }

  onemap.Scene = Scene;
})(window.onemap);
