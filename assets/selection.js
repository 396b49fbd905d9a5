/**
 * What is selected: one feature at a time, by layer id and code. `select` is what a click
 * does; it tells Dash (`onemap:select`), the address bar and everything that highlights.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  /** @type {{layer: string, code: string} | null} */
  onemap.selected = null;

  /**
   * A person chose a feature.
   * @param {string} layer @param {string} code
   */
  onemap.select = function (layer, code) {
    onemap.highlight(layer, code);
    onemap.emit("select", { layer, code: String(code) });
  };

  /**
   * Mark a feature without asking Dash to open it: it already has (a link, a search result).
   * @param {string | null} layer null clears @param {string} [code]
   */
  onemap.highlight = function (layer, code) {
    onemap.selected = layer ? { layer, code: String(code) } : null;
    onemap.emit("selected", onemap.selected);
  };

  /** Nothing is selected any more. */
  onemap.deselect = function () {
    if (!onemap.selected) return;
    onemap.highlight(null);
    onemap.emit("select", null);
  };
})(window.onemap);
