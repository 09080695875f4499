// What the name kafkajs gives here, for this folder and for packages that depend on kafkajs. [PACKAGE …]: those.
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import * as imported from "kafkajs";

const require = createRequire(import.meta.url);
const required = require("kafkajs");
const names = Object.keys(required).sort();
const isPlain = (name) => {
  const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(required, name);
  return value !== undefined && writable && enumerable && configurable;
};
/** The kafkajs that a package below node_modules gets. */
function ofPackage(name) {
  const theirs = createRequire(require.resolve(`${name}/package.json`));
  const { version } = theirs("kafkajs/package.json");
  return { version, isOurs: theirs("kafkajs").Kafka === required.Kafka };
}
const { version, types } = require("kafkajs/package.json");
console.log(
  JSON.stringify({
    names,
    imported: Object.keys(imported)
      .filter((name) => !["default", "module.exports"].includes(name))
      .sort(),
    different: names.filter((name) => imported[name] !== required[name]),
    isDefault: imported.default === required,
    notPlain: names.filter((name) => !isPlain(name)),
    className: required.Kafka.name,
    isInstance: new imported.Kafka({ brokers: ["a:1"] }) instanceof required.Kafka,
    version,
    types: require.resolve(`kafkajs/${types}`).length > 0,
    path: realpathSync(require.resolve("kafkajs")).replace(/^.*?node_modules/, "node_modules"),
    loadedFrom: Object.keys(require.cache)
      .filter((path) => /kafkajs\/src\/(index|producer\/index|consumer\/index|admin\/index)\.js$/.test(path))
      .map((path) => path.slice(path.lastIndexOf("node_modules")))
      .sort(),
    dependents: Object.fromEntries(process.argv.slice(2).map((name) => [name, ofPackage(name)])),
  }),
);
