/**
 * The part of a host's `WebAssembly` that is used: compiled and started at once, since a module is some hundred bytes.
 */
export interface WebAssemblyHost {
  /** The host's `WebAssembly.Module`. */
  readonly Module: new (bytes: Uint8Array) => object;
  /** The host's `WebAssembly.Instance`. */
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
