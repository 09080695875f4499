// The published package contains the server's half of ws. Some of its code is replaced.

/** ws looks for native helpers that this package does not have: `require` would be looked for by bundlers. */
const NATIVE = {
  "buffer-util.js": ["!process.env.WS_NO_BUFFER_UTIL", "bufferutil"],
  "validation.js": ["!process.env.WS_NO_UTF_8_VALIDATE", "utf-8-validate"],
};

/** A plugin of Rollup. */
export const changedWs = {
  name: "changed-ws",
  transform(code, id) {
    const found = /\/node_modules\/ws\/lib\/([^/]+)$/.exec(id);
    const [condition, name] = NATIVE[found?.[1]] ?? [];
    if (condition === undefined) return null;
    for (const part of [condition, `require('${name}')`])
      if (code.split(part).length !== 2) throw new Error(`ws has changed: it does not have once ${part}`);
    return { code: code.replace(condition, "false").replace(`require('${name}')`, "undefined"), map: null };
  },
};
