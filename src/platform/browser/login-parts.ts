// What a login needs of a browser, as one file that is loaded late.
export { browserCrypto } from "./crypto.ts";
export { browserFetch } from "./fetch.ts";
