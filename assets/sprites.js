/**
 * Every mark a component can have, drawn once for a theme, a pixel ratio and a zoom
 * band: quiet dots as pixels to be blitted, alerts as small canvases.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const TAU = Math.PI * 2;
  const FEW = 6000;

  /**
   * What a zoom shows. dot: radius of a quiet dot; alpha: its strength; core: radius of
   * an alert's shape for blue…red; glyphs: the class's symbol is drawn.
   * CSS pixels.
   */
  const BANDS = [
    { upTo: 10, dot: 0.75, alpha: 0.5, core: [3, 3.4, 3.8, 4.6], glyphs: false },
    { upTo: 11, dot: 1, alpha: 0.55, core: [3.4, 4, 4.4, 5.2], glyphs: false },
    { upTo: 12, dot: 1.25, alpha: 0.65, core: [4, 4.6, 5.2, 6], glyphs: false },
    { upTo: 13, dot: 1.75, alpha: 0.75, core: [4.4, 5, 5.6, 6.4], glyphs: false },
    { upTo: 14, dot: 2.25, alpha: 0.85, core: [5, 5.6, 6.2, 7], glyphs: false },
    { upTo: 15, dot: 3, alpha: 0.95, core: [5.6, 6.2, 7, 8], glyphs: false },
    { upTo: Infinity, dot: 9, alpha: 1, core: [11, 11.5, 12, 12.5], glyphs: true },
  ];

  /** The band of a Leaflet zoom. */
  onemap.zoomBand = (zoom) => BANDS.findIndex((band) => zoom <= band.upTo);

  function palette() {
    const token = onemap.token;
    return {
      dot: token("--om-dot", "#5F7EA6"),
      grey: token("--om-offline", "#7C8798"),
      ground: token("--om-ground", "#0B1220"),
      surface: token("--om-surface", "#111B2E"),
      levels: [
        null,
        token("--om-level-blue", "#4C9AFF"),
        token("--om-level-yellow", "#FFC53D"),
        token("--om-level-orange", "#F76B15"),
        token("--om-level-red", "#E5484D"),
      ],
      accent: token("--om-accent", "#35C2D6"),
    };
  }

  /** The outline of a level's shape: ● blue, ■ yellow, ▲ orange, ◆ red. */
  function levelPath(context, level, center, r) {
    context.beginPath();
    if (level === 1) context.arc(center, center, r, 0, TAU);
    else if (level === 2) context.rect(center - r * 0.88, center - r * 0.88, r * 1.76, r * 1.76);
    else if (level === 3) {
      context.moveTo(center, center - r * 1.2);
      context.lineTo(center + r * 1.15, center + r * 0.85);
      context.lineTo(center - r * 1.15, center + r * 0.85);
      context.closePath();
    } else {
      context.moveTo(center, center - r * 1.3);
      context.lineTo(center + r * 1.3, center);
      context.lineTo(center, center + r * 1.3);
      context.lineTo(center - r * 1.3, center);
      context.closePath();
    }
  }

  function glyph(context, icon, center, size, color) {
    context.save();
    context.translate(center - size / 2, center - size / 2);
    context.scale(size / 24, size / 24);
    Object.assign(context, { strokeStyle: color, lineWidth: 2.4, lineCap: "round", lineJoin: "round" });
    context.stroke(new Path2D(onemap.icon(icon)));
    context.restore();
  }

  /** A canvas of `radius` CSS pixels around its middle, and its context in CSS pixels. */
  function blank(radius, ratio) {
    const half = Math.ceil(radius * ratio) + 1;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = half * 2 + 1;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.scale(ratio, ratio);
    return { canvas, context, half, center: (half + 0.5) / ratio };
  }

  class Sprites {
    /**
     * @param {number} band index of the zoom's band @param {number} ratio device pixels in a CSS pixel
     * @param {number} count how many components there are: few may be larger, many are a texture
     */
    constructor(band, ratio, count) {
      this.band = BANDS[band];
      if (count <= FEW && !this.band.glyphs) {
        this.band = { ...this.band, dot: this.band.dot * 1.3, alpha: Math.min(1, this.band.alpha + 0.2) };
      }
      this.glyphs = this.band.glyphs;
      this.ratio = ratio;
      this.colors = palette();
      this.dots = new Map();
      this.alerts = new Map();
    }

    /** How far a mark of that level reaches from its middle, CSS pixels. */
    reach(level) {
      return level ? this.band.core[level - 1] * 1.3 + 1 : this.band.dot + 1;
    }

    /**
     * A quiet mark, as pixels.
     * @param {number} presence @param {boolean} heard ever @param {string} icon
     * @returns {{size: number, half: number, pixels: Uint32Array}}
     */
    dot(presence, heard, icon) {
      const never = presence === 0 && !heard;
      const key = (never ? 9 : presence) + (this.glyphs ? icon : "");
      let sprite = this.dots.get(key);
      if (!sprite) this.dots.set(key, (sprite = this.drawDot(never, presence, icon)));
      return sprite;
    }

    drawDot(never, presence, icon) {
      const { dot, alpha } = this.band;
      const { canvas, context, half, center } = blank(dot + 1, this.ratio);
      const color = presence === 1 || presence === 2 ? this.colors.dot : this.colors.grey;
      context.globalAlpha = alpha;
      context.fillStyle = context.strokeStyle = color;
      context.beginPath();
      if (dot < 1.6) this.drawSpeck(context, center, never, presence);
      else this.drawDisc(context, center, never, presence, icon, color);
      const pixels = context.getImageData(0, 0, canvas.width, canvas.width).data;
      return { size: canvas.width, half, pixels: new Uint32Array(pixels.buffer) };
    }

    /** Too small for a ring: strength tells what fill tells elsewhere. */
    drawSpeck(context, center, never, presence) {
      context.globalAlpha *= never ? 0.4 : [0.7, 1, 0.6, 0.8][presence];
      context.arc(center, center, this.band.dot, 0, TAU);
      context.fill();
    }

    drawDisc(context, center, never, presence, icon, color) {
      const { dot } = this.band;
      const solid = presence === 1 && !never;
      const r = never && !this.glyphs ? dot * 0.6 : dot - 0.4;
      context.arc(center, center, r, 0, TAU);
      context.fillStyle = this.glyphs ? this.colors.surface : solid ? color : this.colors.ground;
      if (solid && !this.glyphs) return context.fill();
      if (!never) context.fill();
      context.lineWidth = never ? 0.8 : 1.2;
      if (presence === 3 || (presence === 0 && !never)) {
        context.fillStyle = color;
        context.globalAlpha *= 0.45;
        context.fill();
        context.globalAlpha /= 0.45;
      }
      if (this.glyphs && (never || presence === 2)) context.setLineDash([2.5, 2]);
      context.stroke();
      context.setLineDash([]);
      if (this.glyphs) glyph(context, icon, center, dot * 1.25, color);
    }

    /**
     * An alert's mark with its halo.
     * @param {number} level 1-4 @param {number} presence @param {string} icon
     * @returns {{canvas: HTMLCanvasElement, half: number}}
     */
    alert(level, presence, icon) {
      const key = level * 4 + presence + (this.glyphs ? icon : "");
      let sprite = this.alerts.get(key);
      if (!sprite) this.alerts.set(key, (sprite = this.drawAlert(level, presence, icon)));
      return sprite;
    }

    drawAlert(level, presence, icon) {
      const r = this.band.core[level - 1];
      const color = this.colors.levels[level];
      const { canvas, context, half, center } = blank(r * 2.4, this.ratio);
      const halo = context.createRadialGradient(center, center, r * 0.6, center, center, r * 2.3);
      halo.addColorStop(0, color + "66");
      halo.addColorStop(1, color + "00");
      context.fillStyle = halo;
      context.fillRect(0, 0, center * 2, center * 2);
      levelPath(context, level, center, r);
      context.lineJoin = "round";
      context.lineWidth = 2.5;
      context.strokeStyle = this.colors.ground;
      context.stroke();
      const online = presence === 1;
      context.fillStyle = online ? color : this.colors.surface;
      context.fill();
      context.strokeStyle = color;
      context.lineWidth = online ? 0.8 : 1.6;
      context.stroke();
      if (presence === 3 || presence === 0) {
        context.fillStyle = this.colors.grey;
        context.globalAlpha = 0.55;
        context.fill();
        context.globalAlpha = 1;
      }
      // Dark on a filled shape: white on yellow could not be read.
      if (this.glyphs) glyph(context, icon, center, r * 1.1, online ? "#10161F" : color);
      return { canvas, half };
    }
  }

  onemap.Sprites = Sprites;
  onemap.levelPath = levelPath;
})(window.onemap);
