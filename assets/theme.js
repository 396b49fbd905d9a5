/** Dark or light: on <html>, for our tokens and Mantine's; kept in this browser, or told by `?theme=`. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const KEY = "onemap-theme";
  const root = document.documentElement;

  /** What was chosen before; storage may be forbidden. */
  function kept() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function apply(theme) {
    root.dataset.theme = theme;
    root.dataset.mantineColorScheme = theme;
    root.style.colorScheme = theme;
  }

  onemap.theme = {
    /** @returns {"dark" | "light"} */
    get: () => (root.dataset.theme === "light" ? "light" : "dark"),

    /** @param {"dark" | "light"} theme */
    set(theme) {
      apply(theme);
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // private browsing: it holds until the page is closed
      }
      onemap.emit("theme", { theme });
    },

    toggle: () => onemap.theme.set(onemap.theme.get() === "dark" ? "light" : "dark"),
  };

  const asked = new URLSearchParams(location.search).get("theme") || kept();
  apply(asked === "light" ? "light" : "dark");

  // MantineProvider writes its own scheme when it mounts; ours is the one that counts.
  new MutationObserver(() => {
    if (root.dataset.mantineColorScheme !== root.dataset.theme) apply(onemap.theme.get());
  }).observe(root, { attributes: true, attributeFilter: ["data-mantine-color-scheme"] });
})(window.onemap);
