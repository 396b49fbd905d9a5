/**
 * What a click on the browse page does, by `data-om-…` attributes: lists are redrawn every
 * second, so one listener for the page stands for a callback on each of their buttons.
 *
 *   data-om-goto="layer:code"    select it and fly there
 *   data-om-ack="alert id"       acknowledge
 *   data-om-level, data-om-strip-level   filter the alerts by level (the strip opens the tab, too)
 *   data-om-presence="offline"   list the components of that presence
 *   data-om-tab="projects"       open a tab
 *   data-om-sheet                the phone's panel up and down
 *   data-om-lang="en"            the same view in the other language
 *
 * Below: the functions of Dash's client-side callbacks.
 */
window.onemap = window.onemap || {};
window.dash_clientside = window.dash_clientside || {};
(function (onemap) {
  "use strict";

  /** @type {string[]} levels the alert list shows; empty means all */
  let levels = [];

  /** The address of this page with other parameters. @param {Object<string, string|null>} changes */
  function address(changes) {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    // Commas and colons are legal in a query, and read better.
    url.search = url.searchParams.toString().replace(/%2C/g, ",").replace(/%3A/g, ":");
    return url;
  }

  const rewrite = (changes) => history.replaceState(history.state, "", address(changes));

  function showLevels(next) {
    levels = next;
    onemap.setProps("om-levels", { data: levels });
  }

  const ACTIONS = {
    omGoto(text) {
      const colon = text.indexOf(":");
      const ref = { layer: text.slice(0, colon), code: text.slice(colon + 1) };
      onemap.select(ref.layer, ref.code);
      onemap.setProps("om-fly", { data: { ...ref, at: Date.now() } });
      onemap.setProps("om-search", { value: "" });
    },
    omAck: (id) => onemap.setProps("om-ack", { data: { alert: Number(id), at: Date.now() } }),
    omLevel: (level) =>
      showLevels(levels.includes(level) ? levels.filter((each) => each !== level) : [...levels, level]),
    omStripLevel(level) {
      showLevels([level]);
      ACTIONS.omTab("alerts");
    },
    omPresence: (presence) => onemap.select("list", presence),
    omTab(tab) {
      onemap.setProps("om-tabs", { value: tab });
      document.querySelector(".om-left")?.classList.add("is-open");
    },
    omSheet: () => document.querySelector(".om-left")?.classList.toggle("is-open"),
    omLang: (lang) => location.assign(address({ lang: lang === "zh" ? null : lang })),
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest && event.target.closest("button");
    if (!target) return;
    for (const [name, act] of Object.entries(ACTIONS)) {
      if (name in target.dataset) act(target.dataset[name]);
    }
  });

  // Charts are drawn for one theme: Dash draws them anew when it changes.
  const tellTheme = () => onemap.setProps("om-theme", { data: onemap.theme.get() });
  onemap.on("theme", ({ theme }) => {
    tellTheme();
    if (new URLSearchParams(location.search).has("theme")) rewrite({ theme });
  });
  onemap.on("map", () => setTimeout(() => onemap.theme.get() !== "dark" && tellTheme(), 0));

  // Layers are fetched in the detail that the zoom needs: whole steps are enough.
  onemap.on("map", ({ map }) => {
    let known = null;
    const tellZoom = () => {
      const zoom = Math.floor(map.getZoom());
      if (zoom !== known && onemap.setProps("om-zoom", { data: zoom })) known = zoom;
    };
    map.on("zoomend", tellZoom);
    map.whenReady(() => setTimeout(tellZoom, 0));
  });

  const same = () => window.dash_clientside.no_update;
  const layerIds = () => window.dash_clientside.callback_context.inputs_list[0].map((each) => each.id.layer);
  let switched = null;

  window.dash_clientside.onemapPage = {
    fly(where) {
      if (where) onemap.flyTo(where);
      return same();
    },

    /** Panes follow the switches at once; the address bar keeps what a person changed. */
    layers(checked) {
      const ids = layerIds();
      ids.forEach((layer, i) => onemap.layers.show(layer, checked[i]));
      const on = ids.filter((_layer, i) => checked[i]).join(",");
      if (switched !== null && switched !== on) rewrite({ layers: on });
      switched = on;
      return same();
    },

    opacity(values) {
      layerIds().forEach((layer, i) => onemap.layers.opacity(layer, values[i] / 100));
      return same();
    },  };
})(window.onemap);
