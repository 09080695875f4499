// node on-node.mjs INPUT: runs program.mjs on plain Node, which resolves `odradek/core` itself.
import { main } from "./program.mjs";

const drain = () => new Promise((resolve) => setImmediate(resolve));
process.stdout.write(await main(JSON.parse(process.argv[2]), drain));
