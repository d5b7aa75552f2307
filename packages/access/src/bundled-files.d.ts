// biome-ignore-all lint/style/noDefaultExport: that is what bundlers make of these files.

/** What the loaders of `@prelaunch/topology/bundle-loaders` make of these files. */

declare module '*.cedar' {
  const text: string;
  export default text;
}

declare module '*.cedarschema' {
  const text: string;
  export default text;
}

declare module '*.wasm' {
  /** Where the file is, relative to the bundle. */
  const url: string;
  export default url;
}
