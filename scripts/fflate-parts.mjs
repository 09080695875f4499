// The published package contains a part of fflate, the gzip codec of hosts without zlib. Some of its code is replaced.

/**
 * What fflate asks of a host and the gzip codec does not use: a text decoder, and the time that it writes where none is
 * given. Without them the core names nothing of a host.
 */
const HOST_PARTS = [
  ["var td = typeof TextDecoder != 'undefined' && /*#__PURE__*/ new TextDecoder();", ""],
  ["try {\n    td.decode(et, { stream: true });\n    tds = 1;\n}\ncatch (e) { }", ""],
  ["if (o.mtime != 0)\n        wbytes(c, 4, Math.floor(new Date(o.mtime || Date.now()) / 1000));", ""],
];

/**
 * fflate computes the size of its hash table with `Math.log`, which engines round differently, if it is given none. The
 * codec always gives one (`HASH_STEPS` in src/records/gzip.ts).
 */
const ROUNDED = [
  [
    "opt.mem == null ? (st.l ? Math.ceil(Math.max(8, Math.min(13, Math.log(dat.length))) * 1.5) : 20) : (12 + opt.mem)",
    "12 + opt.mem",
  ],
];

/**
 * fflate fills tables of 32,768 entries as it is imported: 5 ms of CPU at the start of every program, also of those
 * that never use gzip. Here the first call of the codec fills them.
 */
const TABLES = [
  [
    "var _a = freb(fleb, 2), fl = _a.b, revfl = _a.r;",
    "var fl, revfl, fd, revfd, rev;\nfunction fillTables() {\n    if (rev) return;\n" +
      "    var _a = freb(fleb, 2);\n    fl = _a.b; revfl = _a.r;",
  ],
  ["var _b = freb(fdeb, 0), fd = _b.b, revfd = _b.r;", "var _b = freb(fdeb, 0);\nfd = _b.b; revfd = _b.r;"],
  ["var rev = new u16(32768);", "rev = new u16(32768);"],
  [
    "    rev[i] = (((x & 0xFF00) >> 8) | ((x & 0x00FF) << 8)) >> 1;\n}",
    "    rev[i] = (((x & 0xFF00) >> 8) | ((x & 0x00FF) << 8)) >> 1;\n}\n" +
      "flm = hMap(flt, 9, 0); flrm = hMap(flt, 9, 1); fdm = hMap(fdt, 5, 0); fdrm = hMap(fdt, 5, 1);\n}",
  ],
  ["var flm = /*#__PURE__*/ hMap(flt, 9, 0), flrm = /*#__PURE__*/ hMap(flt, 9, 1);", "var flm, flrm;"],
  ["var fdm = /*#__PURE__*/ hMap(fdt, 5, 0), fdrm = /*#__PURE__*/ hMap(fdt, 5, 1);", "var fdm, fdrm;"],
  ["var inflt = function (dat, st, buf, dict) {", "var inflt = function (dat, st, buf, dict) {\n    fillTables();"],
  [
    "var dflt = function (dat, lvl, plvl, pre, post, st) {",
    "var dflt = function (dat, lvl, plvl, pre, post, st) {\n    fillTables();",
  ],
];

/** A plugin of Rollup. */
export const changedFflate = {
  name: "changed-fflate",
  transform(code, id) {
    if (!id.includes("/node_modules/fflate/")) return null;
    const parts = [...HOST_PARTS, ...ROUNDED, ...TABLES];
    for (const [part] of parts)
      if (code.split(part).length !== 2) throw new Error(`fflate has changed: it does not have once ${part}`);
    return { code: parts.reduce((all, [part, without]) => all.replace(part, without), code), map: null };
  },
};
