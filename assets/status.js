/**
 * What the page says about the data as a whole: `[data-om="age"]`, `[data-om="banner"]`,
 * `[data-om-count="red"]` …; `om-stale` on <html>; a flash when a red alert arrives.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const FRESH_S = 3;
  const OLD_S = 10;

  /** "3 秒前" */
  onemap.ageText = function (seconds) {
    if (seconds === null || seconds === undefined) return onemap.text("age_none");
    if (seconds < 1.5) return onemap.text("age_now");
    if (seconds < 100) return onemap.text("age_s", { n: Math.round(seconds) });
    return onemap.text("age_min", { n: Math.round(seconds / 60) });
  };

  /** Write text only where it differs: screen readers and layout are left in peace. */
  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function showAge() {
    const { age_s: age, stale } = onemap.stats();
    const state = stale || age === null ? "is-stale" : age <= FRESH_S ? "is-fresh" : age <= OLD_S ? "is-old" : "is-stale";
    for (const element of document.querySelectorAll('[data-om="age"]')) {
      write(element, onemap.ageText(age));
      const pill = element.closest(".om-age") || element;
      for (const name of ["is-fresh", "is-old", "is-stale"]) pill.classList.toggle(name, name === state);
    }
  }

  function showBanner() {
    const { stale, cause } = onemap.live;
    document.documentElement.classList.toggle("om-stale", stale && onemap.live.settled);
    if (!stale) return;
    const since = onemap.live.since();
    // The district's time, like every other on the page, wherever this browser stands.
    const timeZone = document.querySelector(".om-app")?.dataset.zone;
    const time = since === null ? "" : new Date(since).toLocaleTimeString("zh-CN", { hour12: false, timeZone });
    const text = `${onemap.text("stale_" + cause)} · ${onemap.text("since", { time })}`;
    for (const element of document.querySelectorAll('[data-om="banner"]')) write(element, text);
  }

  function showCounts(beat) {
    const counts = beat.counts || {};
    const flat = { ...counts, ...(counts.levels || {}), alerts: beat.alerts_open };
    for (const element of document.querySelectorAll("[data-om-count]")) {
      const value = flat[element.dataset.omCount];
      if (typeof value === "number") {
        write(element, value.toLocaleString("en-US"));
        element.toggleAttribute("data-zero", value === 0);
      }
    }
  }

  /** A red alert that was opened just now asks for attention; it never moves the map. */
  function flash(alerts) {
    if (!alerts.some((alert) => alert.level === "red" && alert.state === "open")) return;
    const root = document.documentElement;
    root.classList.remove("om-flash");
    void root.offsetWidth; // begin the animation anew
    root.classList.add("om-flash");
    setTimeout(() => root.classList.remove("om-flash"), 1600);
  }

  onemap.on("heartbeat", (beat) => {
    showCounts(beat);
    showAge();
  });
  onemap.on("stale", () => {
    showBanner();
    showAge();
  });
  onemap.on("alerts", ({ alerts }) => flash(alerts));
  setInterval(() => {
    showAge();
    showBanner();
    if (onemap.live.beat) showCounts(onemap.live.beat); // elements that Dash drew since
  }, 1000);
})(window.onemap);
