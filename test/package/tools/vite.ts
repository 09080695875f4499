import { program } from "../application.ts";
import type { Tool } from "./tool.ts";
import { VITE_PACKAGE } from "./versions.ts";

export const VITE: Tool = {
  name: "Vite 8",
  packages: [VITE_PACKAGE],
  recipes: {
    "--ssr, packages bundled (noExternal)": (site, value) => {
      const entry = site.write("app.mjs", program(value, "import"));
      const build = {
        ssr: entry,
        outDir: site.elsewhere,
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: "out.mjs" } },
      };
      site.write("vite.config.mjs", `export default ${JSON.stringify({ ssr: { noExternal: true }, build })};\n`);
      site.tool("vite", "build");
      return site.bundle("out.mjs");
    },
  },
};
