/** Which red alerts nobody has acknowledged yet: those alone pulse. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const ALERTS_URL = "/api/alerts?state=open&level=red";
  const PAGES = 10; // more open reds than that: all of them pulse

  /** @type {Map<number, {component: string, acknowledged: boolean}>} open red alerts by id */
  let reds = new Map();

  function tell() {
    const waiting = new Set();
    const seen = new Set();
    for (const { component, acknowledged } of reds.values()) {
      (acknowledged ? seen : waiting).add(component);
    }
    for (const component of waiting) seen.delete(component);
    if (onemap.layer) onemap.layer.setAcknowledged(seen);
  }

  function take(alert) {
    if (alert.level === "red" && alert.state !== "cleared") {
      reds.set(alert.id, { component: alert.component, acknowledged: alert.state === "acknowledged" });
    } else reds.delete(alert.id);
  }

  /** What stands open at a snapshot; the stream tells the rest. */
  async function read() {
    const found = new Map();
    let url = ALERTS_URL;
    for (let page = 0; url && page < PAGES; page++) {
      const response = await fetch(url);
      if (!response.ok) return;
      const { alerts, next } = await response.json();
      for (const alert of alerts) found.set(alert.id, alert);
      url = typeof next === "string" && next.startsWith("/") ? next : null;
    }
    reds = new Map();
    for (const alert of found.values()) take(alert);
    tell();
  }

  onemap.on("snapshot", () => read().catch(() => {})); // without it all reds pulse, which is the safe side
  onemap.on("alerts", ({ alerts }) => {
    for (const alert of alerts) take(alert);
    tell();
  });
  onemap.on("map", tell);
})(window.onemap);
