import { ESBUILD } from "./esbuild.ts";
import { EXECUTABLES } from "./executables.ts";
import { JEST_29, JEST_30 } from "./jest.ts";
import { NEXT } from "./next.ts";
import { ROLLUP } from "./rollup.ts";
import { RSPACK } from "./rspack.ts";
import { HOSTS } from "./runtimes.ts";
import type { Tool } from "./tool.ts";
import { TYPESCRIPT_RUNNERS } from "./typescript.ts";
import { VITE } from "./vite.ts";
import { VITESTS } from "./vitest.ts";
import { WEBPACK } from "./webpack.ts";

/** Everything that the package promises to work with, as docs/MATRIX.md has it. */
export const TOOLS: readonly Tool[] = [
  ...HOSTS,
  ESBUILD,
  WEBPACK,
  ROLLUP,
  VITE,
  NEXT,
  RSPACK,
  ...EXECUTABLES,
  JEST_29,
  JEST_30,
  ...VITESTS,
  ...TYPESCRIPT_RUNNERS,
];
