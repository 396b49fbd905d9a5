/**
 * The quiet marks. They are blitted into a pixel buffer of our own: without a GPU that costs
 * about 30 ms for 100 000, and it lets one mark be taken back: its rectangle is emptied and
 * whatever touches it is blitted again.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  /** Straight-alpha "over" of one pixel, 0xAABBGGRR. */
  function over(source, target) {
    const sa = source >>> 24;
    const rest = ((target >>> 24) * (255 - sa)) / 255;
    const alpha = sa + rest;
    const red = ((source & 255) * sa + (target & 255) * rest) / alpha;
    const green = (((source >>> 8) & 255) * sa + ((target >>> 8) & 255) * rest) / alpha;
    const blue = (((source >>> 16) & 255) * sa + ((target >>> 16) & 255) * rest) / alpha;
    return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }

  class DotsCanvas {
    /** @param {HTMLCanvasElement} canvas */
    constructor(canvas) {
      this.canvas = canvas;
      // Pixels are put from memory, so a GPU-backed canvas would only cost a copy back.
      this.context = canvas.getContext("2d", { willReadFrequently: true });
    }

    /** Draw everything in view. @param {any} scene see `ComponentsLayer.scene` */
    draw(scene) {
      const { view } = scene;
      if (!this.image || this.image.width !== view.width || this.image.height !== view.height) {
        this.image = this.context.createImageData(view.width, view.height);
        this.pixels = new Uint32Array(this.image.data.buffer);
      } else this.pixels.fill(0);
      const whole = { x0: 0, y0: 0, x1: view.width, y1: view.height };
      const blit = (i) => this.blit(scene, i, whole);
      scene.eachIn(0, 0, view.width, view.height, blit);
      this.context.putImageData(this.image, 0, 0);
    }

    /** Draw one component again, after its look has changed. */
    repaint(scene, i) {
      const reach = Math.ceil(scene.sprites.reach(0) * scene.view.ratio) + 1;
      const [x, y] = scene.place(i);
      const box = {
        x0: Math.max(0, x - reach),
        y0: Math.max(0, y - reach),
        x1: Math.min(scene.view.width, x + reach + 1),
        y1: Math.min(scene.view.height, y + reach + 1),
      };
      if (!(box.x1 > box.x0 && box.y1 > box.y0)) return; // out of view
      for (let row = box.y0; row < box.y1; row++) {
        this.pixels.fill(0, row * scene.view.width + box.x0, row * scene.view.width + box.x1);
      }
      const blit = (other) => this.blit(scene, other, box);
      scene.eachIn(box.x0 - reach, box.y0 - reach, box.x1 + reach, box.y1 + reach, blit);
      this.context.putImageData(this.image, 0, 0, box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0);
    }

    /** Put one component's mark into the buffer, within `box` only. */
    blit(scene, i, box) {
      const sprite = scene.dot(i);
      const view = scene.view;
      const left = Math.round((scene.x[i] * view.scale - view.left) * view.ratio) - sprite.half;
      const top = Math.round((scene.y[i] * view.scale - view.top) * view.ratio) - sprite.half;
      const { size, pixels } = sprite;
      const firstX = Math.max(0, box.x0 - left);
      const lastX = Math.min(size, box.x1 - left);
      const lastY = Math.min(size, box.y1 - top);
      const buffer = this.pixels;
      for (let sy = Math.max(0, box.y0 - top); sy < lastY; sy++) {
        let at = (top + sy) * view.width + left + firstX;
        for (let sx = firstX, s = sy * size + firstX; sx < lastX; sx++, s++, at++) {
          const source = pixels[s];
          if (source >>> 24 === 0) continue;
          buffer[at] = buffer[at] === 0 || source >>> 24 === 255 ? source : over(source, buffer[at]);
        }
      }
    }
  }

  onemap.DotsCanvas = DotsCanvas;
})(window.onemap);
