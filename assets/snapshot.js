/** The binary snapshot: `OM01`, header length, JSON header, then columns, little-endian. */
window.onemap = window.onemap || {};
(function (onemap) {
  "use strict";

  const ARRAYS = { f64: Float64Array, f32: Float32Array, u32: Uint32Array, u16: Uint16Array, u8: Uint8Array };

  /** Fixed-width text: `ascii20`, or `bytes`. */
  const isText = (type) => type === "bytes" || type.startsWith("ascii");

  /**
   * @typedef {object} Snapshot
   * @property {any} header as sent: epoch, seq, at, count, columns, classes, areas, gateways, atlas, sample
   * @property {Object<string, any>} columns typed arrays by name, `count` long (bytes: count × width)
   * @property {string[]} codes one a row
   */

  /**
   * One column, in place where its alignment allows, else copied.
   * @param {ArrayBuffer} buffer @param {number} body start of the body @param {any} column
   */
  function view(buffer, body, column) {
    const Type = isText(column.type) ? Uint8Array : ARRAYS[column.type];
    if (!Type) throw new Error(`snapshot: unknown column type '${column.type}'`);
    const start = body + column.offset;
    const size = Type.BYTES_PER_ELEMENT;
    return start % size === 0
      ? new Type(buffer, start, column.items)
      : new Type(buffer.slice(start, start + column.items * size));
  }

  /** Fixed-width, zero-padded ASCII rows as strings. */
  function rows(bytes, count) {
    const width = count ? bytes.length / count : 0;
    const text = new TextDecoder("latin1").decode(bytes);
    const out = new Array(count);
    for (let i = 0, at = 0; i < count; i++, at += width) {
      let end = at;
      while (end < at + width && bytes[end] !== 0) end++;
      out[i] = text.slice(at, end);
    }
    return out;
  }

  /**
   * Decode a snapshot.
   * @param {ArrayBuffer} buffer
   * @returns {Snapshot}
   * @throws {Error} when it is not a snapshot, or a column is of an unknown type or cut off
   */
  onemap.decodeSnapshot = function (buffer) {
    const magic = new TextDecoder("latin1").decode(new Uint8Array(buffer, 0, 4));
    if (magic !== "OM01") throw new Error(`snapshot: magic is '${magic}', not OM01`);
    const length = new DataView(buffer).getUint32(4, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    const body = 8 + length;
    const columns = {};
    for (const column of header.columns) {
      // Items are counted from `count`, so it does not matter whether `length` is in items or bytes.
      const items = isText(column.type) ? column.length : header.count;
      columns[column.name] = view(buffer, body, { ...column, items });
    }
    return { header, columns, codes: rows(columns.code, header.count) };
  };
})(window.onemap);
