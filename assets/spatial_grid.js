/** Points in cells, so that "what is here" never looks at all of them. Coordinates 0-1 (Web Mercator). */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const PER_CELL = 8;

  class SpatialGrid {
    /** @param {Float64Array} x @param {Float64Array} y */
    constructor(x, y) {
      this.x = x;
      this.y = y;
      this.bound(x, y);
      const cells = Math.max(1, Math.ceil(x.length / PER_CELL));
      this.across = Math.max(1, Math.round(Math.sqrt(cells * (this.width / this.height))));
      this.down = Math.max(1, Math.ceil(cells / this.across));
      this.fill();
    }

    bound(x, y) {
      let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = 0; i < x.length; i++) {
        if (x[i] < x0) x0 = x[i];
        if (x[i] > x1) x1 = x[i];
        if (y[i] < y0) y0 = y[i];
        if (y[i] > y1) y1 = y[i];
      }
      if (!Number.isFinite(x0 + y0 + x1 + y1)) [x0, y0, x1, y1] = [0, 0, 1, 1];
      this.x0 = x0;
      this.y0 = y0;
      this.width = Math.max(x1 - x0, 1e-12);
      this.height = Math.max(y1 - y0, 1e-12);
    }

    /** Counting sort of the points into their cells. */
    fill() {
      const { x, y } = this;
      const cellOf = new Uint32Array(x.length);
      this.starts = new Uint32Array(this.across * this.down + 1);
      for (let i = 0; i < x.length; i++) {
        if (Number.isNaN(x[i] + y[i])) continue; // a component without a place is not on the map
        cellOf[i] = this.row(y[i]) * this.across + this.column(x[i]);
        this.starts[cellOf[i] + 1]++;
      }
      for (let cell = 0; cell < this.starts.length - 1; cell++) this.starts[cell + 1] += this.starts[cell];
      const next = this.starts.slice();
      this.items = new Uint32Array(x.length);
      for (let i = 0; i < x.length; i++) {
        if (!Number.isNaN(x[i] + y[i])) this.items[next[cellOf[i]]++] = i;
      }
    }

    column(x) {
      return Math.min(this.across - 1, Math.max(0, Math.floor(((x - this.x0) / this.width) * this.across)));
    }

    row(y) {
      return Math.min(this.down - 1, Math.max(0, Math.floor(((y - this.y0) / this.height) * this.down)));
    }

    /**
     * Call `visit(i)` for every point in the cells that touch the box (a few beyond it too).
     */
    each(x0, y0, x1, y1, visit) {
      if (!(x1 >= this.x0 && x0 <= this.x0 + this.width && y1 >= this.y0 && y0 <= this.y0 + this.height)) return;
      const [first, last] = [this.column(x0), this.column(x1)];
      for (let row = this.row(y0); row <= this.row(y1); row++) {
        const from = this.starts[row * this.across + first];
        const to = this.starts[row * this.across + last + 1];
        for (let k = from; k < to; k++) visit(this.items[k]);
      }
    }
  }

  onemap.SpatialGrid = SpatialGrid;

  /** Web Mercator in 0-1 of one longitude and latitude (degrees, WGS 84). */
  onemap.mercator = function (lon, lat) {
    const sin = Math.sin((Math.max(-85.05, Math.min(85.05, lat)) * Math.PI) / 180);
    return [lon / 360 + 0.5, 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)];
  };
})(window.onemap);
