/**
 * The one global, `window.onemap`, and the three helpers everything else uses.
 * Dash loads assets in alphabetical order: the underscore makes this file the first. The
 * others look at their neighbours only when they are called, so their order is free.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  /** Level names by their number on the wire; 0 is "no open alert". */
  onemap.LEVELS = Object.freeze([null, "blue", "yellow", "orange", "red"]);
  /** Presence names by their number on the wire. */
  onemap.PRESENCES = Object.freeze(["unknown", "online", "late", "offline"]);
  /** The snapshot's word for "in no area" (uint16). */
  onemap.NOWHERE = 65535;

  /**
   * Tell the page something.
   * @param {string} name without the prefix, e.g. "changed"
   * @param {object} [detail]
   */
  onemap.emit = function (name, detail) {
    window.dispatchEvent(new CustomEvent("onemap:" + name, { detail: detail === undefined ? {} : detail }));
  };

  /**
   * Listen to what the page is told.
   * @param {string} name without the prefix
   * @param {(detail: any) => void} listener
   */
  onemap.on = function (name, listener) {
    window.addEventListener("onemap:" + name, (event) => listener(event.detail));
  };

  /** @type {Array<(L: any) => void> | null} null once Leaflet is there */
  let waiting = [];

  /**
   * Run `use` with Leaflet, at once or as soon as dash-leaflet's bundle puts it on
   * `window.L`; always before the first map is made.
   * @param {(L: any) => void} use
   */
  onemap.withLeaflet = function (use) {
    if (window.L && window.L.Map) use(window.L);
    else waiting.push(use);
  };

  // dash-leaflet comes before assets as Dash orders scripts today; the setter keeps
  // us right if that changes, without polling.
  if (!(window.L && window.L.Map)) {
    let leaflet = window.L;
    Object.defineProperty(window, "L", {
      configurable: true,
      get: () => leaflet,
      set(value) {
        leaflet = value;
        if (!value || !value.Map) return;
        Object.defineProperty(window, "L", { value, writable: true, configurable: true });
        for (const use of waiting.splice(0)) use(value);
      },
    });
  }

  /**
   * A CSS token as it stands now, e.g. `token("--om-red")`.
   * @param {string} name
   * @param {string} fallback when the style sheet is not there (a bare test page)
   */
  onemap.token = function (name, fallback) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || fallback;
  };

  /** Epoch ms of a wire time, which is epoch ms or ISO 8601; null when there is none. */
  onemap.epochMs = function (time) {
    if (time === null || time === undefined) return null;
    const ms = typeof time === "number" ? time : Date.parse(time);
    return Number.isFinite(ms) ? ms : null;
  };
})(window.onemap);
