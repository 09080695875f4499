import type { CompressionTypes } from "./constants.js";

/** The registry of codecs. All are there; one that you put in takes the place of ours. */
export const CompressionCodecs: {
  [CompressionTypes.GZIP]: () => any;
  [CompressionTypes.Snappy]: () => any;
  [CompressionTypes.LZ4]: () => any;
  [CompressionTypes.ZSTD]: () => any;
};
