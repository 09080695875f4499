// The public types of the package, for its sources: types/index.d.ts, which users compile against.
export type * from "../types/index.d.ts";
