// The parts of a browser that a login needs, as one file that is loaded late.
export { browserFetch } from "./fetch.ts";
export { webCrypto } from "../web-crypto.ts";
