/** Packages that several tools need. */
export const ESBUILD_PACKAGE = "esbuild@0.28.2";
export const VITE_PACKAGE = "vite@8.4.0";
/** For tools that need a newer Node than 20. */
export const NEWER_NODE = "24.21.0";
