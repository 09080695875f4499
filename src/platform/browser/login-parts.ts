// The parts of a browser that a login needs, as one file that is loaded late.
export { browserCrypto } from "./crypto.ts";
export { browserFetch } from "./fetch.ts";
