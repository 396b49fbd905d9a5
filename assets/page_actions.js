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
      document.querySelector(".om-left")?.classList.remove("is-open");
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

  function act(target) {
    for (const [name, action] of Object.entries(ACTIONS)) {
      if (name in target.dataset) action(target.dataset[name]);
    }
  }

  const buttonOf = (event) => event.target.closest && event.target.closest("button");

  document.addEventListener("click", (event) => {
    const target = buttonOf(event);
    if (!target) return;
    act(target);
    // On a phone a tab lies on the closed sheet: asking for it opens the sheet.
    if (target.getAttribute("role") === "tab") target.closest(".om-left")?.classList.add("is-open");
  });

  // A list may be redrawn between press and release; then the browser sends no click.
  let pressed = null;
  document.addEventListener("pointerdown", (event) => (pressed = buttonOf(event)), true);
  document.addEventListener("pointerup", () => {
    const gone = pressed && !pressed.isConnected ? pressed : null;
    pressed = null;
    if (!gone) return;
    act(gone);
    if ("omOpen" in gone.dataset) {
      const colon = gone.dataset.omOpen.indexOf(":");
      onemap.select(gone.dataset.omOpen.slice(0, colon), gone.dataset.omOpen.slice(colon + 1));
    }
  });

  // The keyboard's place in a list survives the list's being redrawn.
  let focused = null;
  const markOf = (element) =>
    Object.entries(element.dataset)
      .filter(([name]) => name.startsWith("om"))
      .map(([name, value]) => `[data-${name.replace(/[A-Z]/g, (sign) => "-" + sign.toLowerCase())}="${CSS.escape(value)}"]`)
      .join("");
  document.addEventListener("focusin", (event) => {
    const panel = event.target.closest("#om-alerts, #om-projects, #om-card-head, #om-card-upper, #om-card-lower");
    focused = panel && markOf(event.target) ? { panel: panel.id, mark: markOf(event.target) } : null;
  });

  // -- ages, counted on here so that nothing is redrawn for them ------------------

  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

  function age(kind, ms) {
    const seconds = Math.max(0, Math.floor((Date.now() - Number(ms)) / 1000));
    const [unit, size] = UNITS.find(([, each]) => seconds >= each) || UNITS[3];
    return onemap.text(`${kind}_${unit}`, { n: Math.floor(seconds / size) });
  }

  function tellAges() {
    for (const element of document.querySelectorAll("[data-om-since], [data-om-ago]")) {
      const { omSince, omAgo } = element.dataset;
      const text = omSince ? age("span", omSince) : age("age", omAgo);
      if (element.textContent !== text) element.textContent = text;
    }
  }

  setInterval(tellAges, 1000);

  onemap.on("map", () => {
    const app = document.querySelector(".om-app");
    if (!app) return;
    let frame = 0;
    new MutationObserver(() => {
      if (!frame) frame = requestAnimationFrame(settle);
    }).observe(app, { childList: true, subtree: true });
    function settle() {
      frame = 0;
      tellAges();
      if (!focused || document.activeElement !== document.body) return;
      const again = document.querySelector(`#${focused.panel} ${focused.mark}`);
      if (again) again.focus({ preventScroll: true });
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

  // dash-leaflet overlooks an address that changes while it is still fetching another: handed
  // its properties again, it compares them. Saying so twice is enough for a slow server, too.
  const LOOK_AGAIN_MS = [2000, 8000];
  onemap.on("map", ({ map }) => {
    let timers = [];
    map.on("zoomend", () => {
      timers.forEach(clearTimeout);
      timers = LOOK_AGAIN_MS.map((wait) => setTimeout(lookAgain, wait));
    });
    map.on("unload", () => timers.forEach(clearTimeout));
  });

  function lookAgain() {
    for (const layer of onemap.areas.drawn.keys()) {
      onemap.setProps({ type: "om-geojson", layer }, { zoomToBoundsOnClick: false });
    }
  }

  // A new state of the areas and places was published: layers are fetched anew.
  let atlas = null;
  onemap.on("heartbeat", (beat) => {
    if (beat.atlas === undefined || beat.atlas === atlas) return;
    if (atlas === null || onemap.setProps("om-atlas", { data: beat.atlas })) atlas = beat.atlas;
  });

  // The lists say that they may be out of date; without a server nobody could be asked.
  onemap.on("stale", ({ cause }) => {
    if (cause !== "stream") onemap.setProps("om-pulse", { data: { at: Date.now() } });
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
