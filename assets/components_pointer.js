/** Click and hover of components. The canvases take no events; the map's container is asked first. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const SLOP = { mouse: 3, touch: 14 }; // CSS pixels around a mark that still count as it

  class ComponentsPointer {
    /** @param {any} map @param {any} layer */
    constructor(map, layer) {
      this.map = map;
      this.layer = layer;
      this.container = map.getContainer();
      this.tip = new onemap.Tip(this.container);
      this.frame = 0;
      this.onClick = (event) => this.click(event);
      this.onMove = (event) => this.move(event);
      this.onLeave = () => this.leave();
      // Capturing, so that a component wins over the area below it.
      this.container.addEventListener("click", this.onClick, true);
      this.container.addEventListener("mousemove", this.onMove);
      this.container.addEventListener("mouseleave", this.onLeave);
      map.on("movestart zoomstart", this.onLeave);
    }

    remove() {
      this.container.removeEventListener("click", this.onClick, true);
      this.container.removeEventListener("mousemove", this.onMove);
      this.container.removeEventListener("mouseleave", this.onLeave);
      this.map.off("movestart zoomstart", this.onLeave);
      this.tip.remove();
    }

    /** @returns {number} index of the component under a mouse event, or -1 */
    at(event, slop) {
      const { scene } = this.layer;
      if (!scene || !scene.view || onemap.isHidden("components")) return -1;
      const target = event.target;
      if (target.closest && target.closest(".leaflet-control, .leaflet-popup")) return -1;
      const { view } = scene;
      const point = this.map.mouseEventToLayerPoint(event).subtract(view.corner).multiplyBy(view.ratio);
      const i = scene.hit(point.x, point.y, slop);
      // A place's symbol lies above quiet marks and below alerts.
      if (i >= 0 && !scene.level[i] && target.closest && target.closest(".leaflet-marker-icon")) return -1;
      return i;
    }

    click(event) {
      const { dragging } = this.map;
      if (dragging && dragging.moved()) return; // the end of a drag
      const i = this.at(event, event.pointerType === "touch" ? SLOP.touch : SLOP.mouse);
      if (i < 0) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      onemap.select("components", this.layer.scene.model.codes[i]);
    }

    move(event) {
      if (this.frame) return;
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        if (event.buttons) return;
        const i = this.at(event, SLOP.mouse);
        this.container.classList.toggle("om-on-component", i >= 0);
        if (i < 0) this.tip.hide();
        else this.tip.show(this.layer.scene.model, i, this.map.mouseEventToContainerPoint(event));
      });
    }

    leave() {
      this.container.classList.remove("om-on-component");
      this.tip.hide();
    }
  }

  onemap.ComponentsPointer = ComponentsPointer;
})(window.onemap);
