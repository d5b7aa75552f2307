/**
 * How files that are no source text come into a function's bundle: policies as text within it, WebAssembly as a file beside it,
 * since compiling from a file is faster than decoding it from source text first. All bundlers of functions use these.
 */
export const bundleLoaders = { '.cedar': 'text', '.cedarschema': 'text', '.wasm': 'file' } as const;
