/** The few words the browser writes itself. The page may override them: `data-strings` (JSON) on `.om-app`. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const WORDS = {
    zh: {
      age_now: "刚刚", age_s: "{n} 秒前", age_min: "{n} 分钟前", age_none: "暂无数据",
      stale_broker: "消息服务中断", stale_ingest: "数据接入中断", stale_store: "存储异常", stale_stream: "与服务器的连接中断",
      since: "自 {time} 起，画面停在那一刻",
      level_red: "红色告警", level_orange: "橙色告警", level_yellow: "黄色告警", level_blue: "蓝色告警",
      presence_online: "在线", presence_late: "迟报", presence_offline: "离线", presence_unknown: "未知",
    },
    en: {
      age_now: "just now", age_s: "{n} s ago", age_min: "{n} min ago", age_none: "no data yet",
      stale_broker: "Message broker down", stale_ingest: "Intake stopped", stale_store: "Storage failing", stale_stream: "Connection to the server lost",
      since: "the picture stands as of {time}",
      level_red: "Red alert", level_orange: "Orange alert", level_yellow: "Yellow alert", level_blue: "Blue alert",
      presence_online: "online", presence_late: "late", presence_offline: "offline", presence_unknown: "unknown",
    },
  };

  let read = { from: null, words: {} };

  function pageWords() {
    const app = document.querySelector(".om-app[data-strings]");
    const from = app ? app.dataset.strings : null;
    if (from !== read.from) {
      try {
        read = { from, words: from ? JSON.parse(from) : {} };
      } catch (error) {
        console.warn("onemap: data-strings is not JSON", error);
        read = { from, words: {} };
      }
    }
    return read.words;
  }

  /** The page's language: ?lang, else <html lang>, else zh. */
  onemap.lang = function () {
    const asked = new URLSearchParams(location.search).get("lang");
    return (asked || document.documentElement.lang || "zh").startsWith("en") ? "en" : "zh";
  };

  /**
   * A word or sentence; `{name}` is filled from `values`.
   * @param {string} key @param {Object<string, string|number>} [values]
   */
  onemap.text = function (key, values) {
    const template = pageWords()[key] ?? WORDS[onemap.lang()][key] ?? key;
    return template.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? String(values[name]) : whole));
  };
})(window.onemap);
