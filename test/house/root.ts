import { fileURLToPath } from "node:url";

/** The repository's root, as seen from build/test/house. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
