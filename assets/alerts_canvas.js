/** What needs somebody: level shapes with their halo, red topmost, the pulse, the selection. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const PULSE_MS = 1000; // 1 Hz
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  class AlertsCanvas {
    /** @param {HTMLCanvasElement} canvas */
    constructor(canvas) {
      this.canvas = canvas;
      this.context = canvas.getContext("2d");
      this.drawings = 0;
    }

    /**
     * Draw all of them again: they are few, and their halos overlap.
     * @param {any} scene see `ComponentsLayer.scene`
     * @param {Array<Set<number>>} byLevel components by level, index 1-4
     * @param {(i: number) => boolean} wantsAttention an unacknowledged red
     * @returns {boolean} something in view pulses, so draw again soon
     */
    draw(scene, byLevel, wantsAttention) {
      const { context } = this;
      const { view } = scene;
      context.clearRect(0, 0, view.width, view.height);
      this.drawings++;
      let pulsing = false;
      for (let level = 1; level <= 4; level++) {
        for (const i of byLevel[level]) {
          const [x, y] = scene.place(i);
          if (x < -40 || y < -40 || x > view.width + 40 || y > view.height + 40) continue;
          const sprite = scene.alert(i, level);
          if (level === 4 && !calm.matches && wantsAttention(i)) {
            pulsing = true;
            this.pulse(scene, x, y);
          }
          context.drawImage(sprite.canvas, x - sprite.half, y - sprite.half);
        }
      }
      if (scene.selected >= 0) this.ring(scene);
      return pulsing;
    }

    pulse(scene, x, y) {
      const { context } = this;
      const phase = (performance.now() % PULSE_MS) / PULSE_MS;
      const core = scene.sprites.reach(4) * scene.view.ratio;
      context.globalAlpha = 0.8 * (1 - phase);
      context.strokeStyle = scene.sprites.colors.levels[4];
      context.lineWidth = 2 * scene.view.ratio;
      context.beginPath();
      context.arc(x, y, core * (0.9 + 1.3 * phase), 0, Math.PI * 2);
      context.stroke();
      context.globalAlpha = 1;
    }

    ring(scene) {
      const { context } = this;
      const [x, y] = scene.place(scene.selected);
      const r = (scene.sprites.reach(scene.levelAt(scene.selected)) + 4) * scene.view.ratio;
      for (const [color, width] of [[scene.sprites.colors.ground, 4.5], [scene.sprites.colors.accent, 2]]) {
        context.strokeStyle = color;
        context.lineWidth = width * scene.view.ratio;
        context.beginPath();
        context.arc(x, y, r, 0, Math.PI * 2);
        context.stroke();
      }
    }
  }

  onemap.AlertsCanvas = AlertsCanvas;
})(window.onemap);
