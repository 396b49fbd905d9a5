/**
 * The live client: one snapshot, then the event stream. It reconnects by itself,
 * resynchronises at most once a gap, closes while the tab is hidden, and knows how
 * old the picture is without trusting this computer's clock.
 */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const SNAPSHOT_URL = "/api/live/snapshot";
  const STREAM_URL = "/api/live";
  /** The server sends a heartbeat each second; without one for this long the picture is stale. */
  const SILENCE_MS = 3500;
  /** A stream that is silent for this long is wedged (a proxy, a sleeping laptop): open a new one. */
  const WEDGED_MS = 10000;
  const BACKOFF_MS = [1000, 10000];
  /** Events kept while a snapshot is fetched; more, and the snapshot is fetched once again instead. */
  const HELD_MAX = 2000;

  /** "{epoch}-{seq}" -> its parts; an epoch may hold dashes itself. */
  function parseId(id) {
    const dash = (id || "").lastIndexOf("-");
    return dash < 0 ? null : { epoch: id.slice(0, dash), seq: Number(id.slice(dash + 1)) };
  }

  class LiveClient {
    constructor() {
      this.model = null;
      this.seq = 0;
      this.epoch = null;
      /** component changes taken in since the page was opened */
      this.applied = 0;
      /** @type {any} the last heartbeat */
      this.beat = null;
      this.beatAt = -Infinity; // performance.now()
      this.stale = true;
      this.cause = "stream";
      this.staleSince = Date.now();
      this.source = null;
      this.openedAt = 0;
      this.attempt = 0;
      this.retryTimer = 0;
      this.syncing = null;
      this.resyncs = 0;
      /** @type {Array<{kind: string, id: any, data: any}>} events that came while a snapshot was fetched */
      this.held = [];
      this.lost = false;
    }

    start() {
      document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
      setInterval(() => this.watch(), 500);
      if (!document.hidden) this.open();
    }

    // -- the stream ---------------------------------------------------------

    open() {
      this.close();
      this.openedAt = performance.now();
      const source = new EventSource(STREAM_URL);
      this.source = source;
      for (const kind of ["state", "presence", "alert", "case", "heartbeat"]) {
        source.addEventListener(kind, (event) => this.receive(kind, event));
      }
      source.onopen = () => (this.attempt = 0);
      source.onerror = () => {
        // CONNECTING: the browser retries and sends Last-Event-ID. CLOSED: it has given up.
        if (source.readyState === EventSource.CLOSED && source === this.source) this.retry();
      };
      this.resync();
    }

    close() {
      clearTimeout(this.retryTimer);
      if (this.source) this.source.close();
      this.source = null;
    }

    retry() {
      this.close();
      const wait = Math.min(BACKOFF_MS[1], BACKOFF_MS[0] * 2 ** this.attempt++) * (0.75 + Math.random() / 2);
      this.retryTimer = setTimeout(() => this.open(), wait);
    }

    receive(kind, event) {
      const id = parseId(event.lastEventId);
      let data;
      try {
        data = JSON.parse(event.data);
      } catch (error) {
        console.warn("onemap: unreadable event", kind, error);
        return;
      }
      if (kind === "heartbeat") this.heartbeat(data);
      else if (this.syncing || !this.model) this.hold({ kind, id, data });
      else this.take(kind, id, data);
    }

    hold(event) {
      if (this.held.length >= HELD_MAX) {
        this.held = [];
        this.lost = true;
      }
      this.held.push(event);
    }

    take(kind, id, data) {
      if (id && id.epoch !== this.epoch) return void this.resync();
      const seq = data.seq ?? (id ? id.seq : undefined);
      if (seq !== undefined && seq <= this.seq) return;
      if (seq !== undefined) this.seq = seq;
      if (kind === "state" || kind === "presence") this.change(data.components || []);
      else if (kind === "alert") onemap.emit("alerts", { alerts: data.alerts || [] });
      else onemap.emit(kind, data);
    }

    change(components) {
      const indices = [];
      for (const component of components) {
        const i = this.model.apply(component);
        if (i >= 0) indices.push(i);
      }
      this.applied += indices.length;
      if (indices.length) onemap.emit("changed", { indices });
    }

    // -- the snapshot -------------------------------------------------------

    /** Fetch the snapshot again, once however often it is asked for meanwhile. */
    resync() {
      if (!this.syncing) {
        this.syncing = this.sync().finally(() => {
          this.syncing = null;
          if (this.lost && !document.hidden) this.resync();
        });
      }
      return this.syncing;
    }

    async sync() {
      this.lost = false;
      for (let attempt = 0; !document.hidden; attempt++) {
        try {
          const response = await fetch(SNAPSHOT_URL, { cache: "no-store" });
          if (!response.ok) throw new Error(`HTTP ${response.status}`);
          this.adopt(onemap.decodeSnapshot(await response.arrayBuffer()));
          return;
        } catch (error) {
          console.warn("onemap: snapshot failed", error);
          const wait = Math.min(BACKOFF_MS[1], BACKOFF_MS[0] * 2 ** attempt) * (0.75 + Math.random() / 2);
          await new Promise((resolve) => setTimeout(resolve, wait));
        }
      }
    }

    adopt(snapshot) {
      this.model = new onemap.Model(snapshot);
      onemap.model = this.model;
      this.epoch = String(snapshot.header.epoch);
      this.seq = snapshot.header.seq;
      this.resyncs++;
      onemap.emit("snapshot", { model: this.model });
      const held = this.held.splice(0);
      // What came from an older or newer server than the snapshot is not about this picture.
      for (const { kind, id, data } of held) if (!id || id.epoch === this.epoch) this.take(kind, id, data);
    }

    // -- age and staleness --------------------------------------------------

    heartbeat(beat) {
      this.beat = beat;
      this.beatAt = performance.now();
      const header = this.model && this.model.header;
      if (header && !this.syncing) {
        const moved = String(beat.epoch) !== this.epoch || (beat.atlas !== undefined && beat.atlas !== header.atlas);
        // A heartbeat repeats the last event's number: a higher one than ours was missed.
        if (moved || beat.resync || beat.seq > this.seq) this.resync();
      }
      this.judge();
      onemap.emit("heartbeat", beat);
    }

    /** Seconds since the data's last sign of life; null before the first. */
    age() {
      if (!this.beat) return null;
      const at = onemap.epochMs(this.beat.at);
      const data = onemap.epochMs(this.beat.data_at);
      if (at === null || data === null) return null;
      // Both times are the server's; what passed since is measured by the monotonic clock.
      return Math.max(0, (at - data + performance.now() - this.beatAt) / 1000);
    }

    judge() {
      const silent = performance.now() - this.beatAt > SILENCE_MS;
      const stale = silent || Boolean(this.beat && this.beat.stale);
      const cause = silent ? "stream" : stale ? this.beat.cause || "stream" : null;
      if (stale === this.stale && cause === this.cause) return;
      if (stale && !this.stale) this.staleSince = Date.now();
      this.stale = stale;
      this.cause = cause;
      onemap.emit("stale", { stale, cause, since: this.since() });
    }

    /** When the picture stopped, epoch ms, or null. */
    since() {
      if (!this.stale) return null;
      return (this.cause !== "stream" && this.beat && onemap.epochMs(this.beat.stale_since)) || this.staleSince;
    }

    watch() {
      this.judge();
      if (!this.source || document.hidden) return;
      const now = performance.now();
      if (now - Math.max(this.beatAt, this.openedAt) > WEDGED_MS) this.retry();
    }
  }

  const client = new LiveClient();
  onemap.live = client;

  /** A page that has only just been opened is not stale yet, it is loading. */
  Object.defineProperty(client, "settled", { get: () => client.beat !== null || performance.now() - client.openedAt > SILENCE_MS || client.attempt > 0 });

  /** For tests and for people who look into a wall; fixed by the contract. */
  onemap.stats = function () {
    const age = client.age();
    return {
      components: client.model ? client.model.count : 0,
      applied: client.applied,
      painted: onemap.layer ? onemap.layer.painted : 0,
      seq: client.seq,
      age_s: age === null ? null : Math.round(age * 10) / 10,
      stale: client.stale,
    };
  };

  /** The level of a component as painted now; null when it has none. Fixed by the contract. */
  onemap.levelOf = function (code) {
    return onemap.layer ? onemap.layer.paintedLevelOf(code) : null;
  };

  // After every other asset has run, but without waiting for Dash to draw the page:
  // the snapshot travels while the layout does.
  const start = () => document.documentElement.dataset.omLive !== "off" && client.start();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})(window.onemap);
