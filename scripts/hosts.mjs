// Fetches the JavaScript hosts that are not Node, Bun or Deno (those: scripts/runtimes.mjs) into a cache outside the
// repository: workerd and QuickJS from npm, GJS and Chromium from Debian. Nothing is installed on the machine, and
// nothing that comes with a package is run. Prints one JSON object: name@version to { command, env }.
//   node scripts/hosts.mjs NAME …
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const WORKERD = "1.20261117.1";
const WORKERD_PACKAGES = {
  "linux-x64": "@cloudflare/workerd-linux-64",
  "linux-arm64": "@cloudflare/workerd-linux-arm64",
  "darwin-arm64": "@cloudflare/workerd-darwin-arm64",
};
const QUICKJS = "0.32.0";
const cache = process.env["ODRADEK_CACHE"] ?? join(homedir(), ".cache", "odradek");

const HOSTS = {
  workerd: () => {
    const name = WORKERD_PACKAGES[`${process.platform}-${process.arch}`];
    if (name === undefined) fail(`workerd has no package for ${process.platform}-${process.arch}`);
    const folder = fromNpm("workerd", WORKERD, { [name]: WORKERD });
    return { version: WORKERD, command: [join(folder, "node_modules", ...name.split("/"), "bin", "workerd")], env: {} };
  },
  // No command of its own: the engine is WebAssembly, and Node loads it from this folder.
  quickjs: () => ({
    version: QUICKJS,
    command: [fromNpm("quickjs", QUICKJS, { "quickjs-emscripten": QUICKJS })],
    env: {},
  }),
  // Gio's TLS is a module that GJS loads when it is asked for.
  gjs: () => fromDebian(["gjs", "glib-networking"], ["usr", "bin", "gjs-console"]),
  // It looks for the files of chromium-common in its own folder, also where that package is installed.
  chromium: () =>
    fromDebian(["chromium-headless-shell", "chromium-common"], ["usr", "lib", "chromium", "chromium-headless-shell"]),
};

function fail(message) {
  console.error(message);
  process.exit(1);
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 1 << 26 });
  if (error !== undefined) fail(`cannot run ${command}: ${error.message}`);
  return { status, text: stdout, errors: stderr };
}

/** Fills a folder that is not there yet. It gets its name when it is complete: a half is never taken for the whole. */
function filled(folder, fill) {
  if (existsSync(folder)) return folder;
  const building = `${folder}.${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  fill(building);
  // Another process may have been faster: its folder has the same content.
  if (existsSync(folder)) rmSync(building, { recursive: true });
  else renameSync(building, folder);
  return folder;
}

function fromNpm(name, version, dependencies) {
  return filled(join(cache, `${name}-${version}`), (folder) => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: `host-${name}`, private: true, dependencies }));
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const { status, errors } = run("npm", args, folder);
    if (status !== 0) fail(errors);
  });
}

/** The packages that apt would install for some packages on this machine, these included. */
function missingPackages(names) {
  const args = ["install", "--print-uris", "--yes", "--no-install-recommends", "--reinstall", ...names];
  const { status, text } = run("apt-get", args);
  return status === 0 ? [...text.matchAll(/^'\S+' ([^_\s]+)_/gm)].map(([, found]) => found) : [];
}

/**
 * Debian packages with what they need and the machine lacks, unpacked below a folder. The version, of the first, is
 * Debian's newest: a mirror keeps no older ones.
 */
function fromDebian(packages, file) {
  const [name] = packages;
  const folder = filled(join(cache, `debian-${packages.join("+")}`), (building) => {
    // The lists of a new machine are empty or old. Only root may renew them.
    if (process.getuid?.() === 0) run("apt-get", ["update"]);
    const names = missingPackages(packages);
    if (!names.includes(name)) fail(`apt-get does not know ${name}: run 'apt-get update' as root, on a Debian`);
    const args = ["-o", "APT::Sandbox::User=root", "download", ...names];
    const { status, errors } = run("apt-get", args, building);
    if (status !== 0) fail(errors);
    for (const archive of readdirSync(building).filter((entry) => entry.endsWith(".deb"))) {
      const unpacked = run("dpkg-deb", ["--extract", archive, "root"], building);
      if (unpacked.status !== 0) fail(unpacked.errors);
      if (archive.startsWith(`${name}_`))
        writeFileSync(
          join(building, "version"),
          run("dpkg-deb", ["--field", archive, "Version"], building).text.trim(),
        );
      rmSync(join(building, archive));
    }
  });
  const root = join(folder, "root");
  const folders = readdirSync(root, { recursive: true, withFileTypes: true });
  const foldersOf = (pattern) => [
    ...new Set(folders.filter((f) => pattern.test(f.name)).map((f) => f.parentPath ?? f.path)),
  ];
  return {
    version: readFileSync(join(folder, "version"), "utf8"),
    command: [join(root, ...file)],
    env: {
      LD_LIBRARY_PATH: foldersOf(/\.so(\.|$)/).join(":"),
      GI_TYPELIB_PATH: foldersOf(/\.typelib$/).join(":"),
      GIO_EXTRA_MODULES: foldersOf(/^libgio.*\.so$/).join(":"),
    },
  };
}

const found = {};
for (const name of process.argv.slice(2)) {
  if (HOSTS[name] === undefined) fail(`there is no host ${name}; there are ${Object.keys(HOSTS).join(", ")}`);
  const { version, command, env } = HOSTS[name]();
  found[`${name}@${version}`] = { command, env };
}
console.log(JSON.stringify(found));
