/** The small label beside a component under the pointer: class, name, level or presence. Text only. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const WAIT_MS = 120; // a pointer that only passes by asks for nothing
  const KEPT = 500;
  /** @type {Map<string, Promise<string>>} */
  const names = new Map();

  /** A component's name, asked for once. */
  function nameOf(code) {
    if (!names.has(code)) {
      if (names.size >= KEPT) names.delete(names.keys().next().value);
      const asked = fetch("/api/collections/components/items/" + encodeURIComponent(code))
        .then((response) => (response.ok ? response.json() : Promise.reject(new Error(response.status))))
        .then((feature) => String((feature.properties || {}).name || ""));
      asked.catch(() => names.delete(code));
      names.set(code, asked);
    }
    return names.get(code);
  }

  class Tip {
    /** @param {HTMLElement} container the map's */
    constructor(container) {
      this.element = document.createElement("div");
      this.element.className = "om-tip";
      this.element.hidden = true;
      this.title = document.createElement("strong");
      this.detail = document.createElement("span");
      this.element.append(this.title, this.detail);
      container.append(this.element);
      this.code = null;
      this.timer = 0;
    }

    /** @param {any} model @param {number} i @param {{x: number, y: number}} point in the container */
    show(model, i, point) {
      const code = model.codes[i];
      if (code !== this.code) this.fill(model, i, code);
      this.element.hidden = false;
      const right = point.x > this.element.parentElement.clientWidth - 240;
      this.element.classList.toggle("is-left", right);
      this.element.style.transform = `translate(${Math.round(point.x)}px, ${Math.round(point.y)}px)`;
    }

    fill(model, i, code) {
      this.code = code;
      clearTimeout(this.timer);
      const kind = model.classOf(i) || {};
      this.title.textContent = (onemap.lang() === "en" ? kind.name_en : kind.name_zh) || code;
      const level = onemap.LEVELS[model.level[i]];
      const word = level ? onemap.text("level_" + level) : onemap.text("presence_" + onemap.PRESENCES[model.presence[i]]);
      this.detail.textContent = `${word} · ${code}`;
      this.element.dataset.level = level || "";
      this.timer = setTimeout(() => {
        nameOf(code).then((name) => {
          if (name && this.code === code) this.title.textContent = name;
        }, () => {});
      }, WAIT_MS);
    }

    hide() {
      clearTimeout(this.timer);
      this.code = null;
      this.element.hidden = true;
    }

    remove() {
      this.hide();
      this.element.remove();
    }
  }

  onemap.Tip = Tip;
})(window.onemap);
