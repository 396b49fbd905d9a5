/** The live picture in the browser: typed arrays by component, worst level by area. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  /** Area layer id -> the snapshot column that names a component's area of that layer. */
  const AREA_COLUMNS = { towns: "town", communities: "community", grids: "grid", enforcement_areas: "enforcement_area" };
  onemap.AREA_COLUMNS = AREA_COLUMNS;

  const LEVEL_NUMBER = { blue: 1, yellow: 2, orange: 3, red: 4 };
  const PRESENCE_NUMBER = { unknown: 0, online: 1, late: 2, offline: 3 };

  /** Online and late ones are heard of; of the others nobody knows how they are. */
  const isHeard = (presence) => presence === PRESENCE_NUMBER.online || presence === PRESENCE_NUMBER.late;

  /**
   * How many components of each level stand in each area of one layer, and which level is worst;
   * and whether any of them is heard of: an area of which nothing is known must not look calm.
   */
  class Rollup {
    /** @param {string[]} codes @param {Uint16Array} areaOf @param {Uint8Array} level @param {Uint8Array} presence */
    constructor(codes, areaOf, level, presence) {
      this.codes = codes;
      this.areaOf = areaOf;
      this.counts = new Int32Array(codes.length * 5);
      this.worst = new Uint8Array(codes.length);
      this.total = new Int32Array(codes.length);
      this.heard = new Int32Array(codes.length);
      this.index = new Map(codes.map((code, i) => [code, i]));
      /** @type {Set<number>} areas whose worst level changed, or that fell silent or spoke, since they were last taken */
      this.changed = new Set();
      for (let i = 0; i < areaOf.length; i++) {
        const area = areaOf[i];
        if (area >= codes.length) continue;
        this.counts[area * 5 + level[i]]++;
        this.total[area]++;
        if (isHeard(presence[i])) this.heard[area]++;
      }
      for (let area = 0; area < codes.length; area++) this.worst[area] = this.find(area);
    }

    /** @param {number} area @returns {number} its worst level now */
    find(area) {
      for (let level = 4; level > 0; level--) if (this.counts[area * 5 + level] > 0) return level;
      return 0;
    }

    /** @param {number} area @returns {boolean} it has components, and none of them is heard of */
    silent(area) {
      return this.total[area] > 0 && this.heard[area] === 0;
    }

    /** Component `i` went from presence `before` to `after`. */
    see(i, before, after) {
      const area = this.areaOf[i];
      if (area >= this.codes.length || isHeard(before) === isHeard(after)) return;
      const silent = this.silent(area);
      this.heard[area] += isHeard(after) ? 1 : -1;
      if (this.silent(area) !== silent) this.changed.add(area);
    }

    /** Component `i` went from level `before` to `after`. */
    move(i, before, after) {
      const area = this.areaOf[i];
      if (area >= this.codes.length) return;
      this.counts[area * 5 + before]--;
      this.counts[area * 5 + after]++;
      const worst = this.find(area);
      if (worst !== this.worst[area]) {
        this.worst[area] = worst;
        this.changed.add(area);
      }
    }
  }

  class Model {
    /** @param {any} snapshot from `decodeSnapshot` */
    constructor(snapshot) {
      const { header, columns, codes } = snapshot;
      this.header = header;
      this.count = header.count;
      this.codes = codes;
      this.columns = columns;
      this.level = columns.level;
      this.presence = columns.presence;
      this.heard = columns.heard;
      /** @type {Map<string, number>} */
      this.index = new Map();
      for (let i = 0; i < codes.length; i++) this.index.set(codes[i], i);
      /** @type {Object<string, Rollup>} by area layer id */
      this.rollups = {};
      for (const [layer, column] of Object.entries(AREA_COLUMNS)) {
        this.rollups[layer] = new Rollup(header[layer] || [], columns[column] || new Uint16Array(0), this.level, this.presence);
      }
    }

    /**
     * Take in what an event says about one component.
     * @param {{code: string, level?: string|null, presence?: string, heard_at?: string|number, since?: string}} said
     * @returns {number} its index, or -1 when the snapshot does not know it
     */
    apply(said) {
      const i = this.index.get(said.code);
      if (i === undefined) return -1;
      if (said.level !== undefined) this.setLevel(i, LEVEL_NUMBER[said.level] || 0);
      if (said.presence in PRESENCE_NUMBER) this.setPresence(i, PRESENCE_NUMBER[said.presence]);
      const heard = onemap.epochMs(said.heard_at);
      if (heard !== null) this.heard[i] = heard;
      return i;
    }

    setPresence(i, presence) {
      const before = this.presence[i];
      this.presence[i] = presence;
      for (const layer in this.rollups) this.rollups[layer].see(i, before, presence);
    }

    setLevel(i, level) {
      const before = this.level[i];
      if (before === level) return;
      this.level[i] = level;
      for (const layer in this.rollups) this.rollups[layer].move(i, before, level);
    }

    /**
     * @param {string} layer @param {string} code
     * @returns {string | null} worst level of the components in that area; "unknown" when none is heard of
     */
    stateOf(layer, code) {
      const rollup = this.rollups[layer];
      const area = rollup ? rollup.index.get(code) : undefined;
      if (area === undefined) return null;
      return onemap.LEVELS[rollup.worst[area]] || (rollup.silent(area) ? "unknown" : null);
    }

    /** Is component `i` the feature, or inside the area, `code` of `layer`? */
    concerns(i, layer, code) {
      if (layer === "components") return this.codes[i] === code;
      const rollup = this.rollups[layer];
      return rollup !== undefined && rollup.index.get(code) === rollup.areaOf[i];
    }

    /** The class of component `i` as the snapshot's header has it: code, names, icon, interval. */
    classOf(i) {
      return this.header.classes[this.columns.class[i]];
    }
  }

  onemap.Model = Model;
})(window.onemap);
