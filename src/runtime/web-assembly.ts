/** The part of a host's `WebAssembly` that is used: compiled and started at once, since a module is some hundred bytes. */
export interface WebAssemblyHost {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
