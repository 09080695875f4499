/**
 * The part of the host's `WebAssembly` that is used. It compiles synchronously, since the module has only some hundred
 * bytes.
 */
export interface WebAssemblyHost {
  /** The host's `WebAssembly.Module`. */
  readonly Module: new (bytes: Uint8Array) => object;
  /** The host's `WebAssembly.Instance`. */
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
