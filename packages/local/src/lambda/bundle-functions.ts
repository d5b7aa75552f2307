import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleLoaders } from '@prelaunch/topology/bundle-loaders';
import { build } from 'esbuild';

/** Dependencies in CommonJS ask for these three, which do not exist in an ES module. */
const COMMON_JS_BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  "const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
].join(' ');

/** The name of the bundled bootstrap, which no function id can take since it holds a dot. */
const BOOTSTRAP = 'environment.bootstrap';

export interface BundleOptions {
  /** Source files by function id, relative to `root`. */
  readonly entries: Readonly<Record<string, string>>;
  readonly root: string;
  readonly directory: string;
}

/** Bundles each function with everything it needs, as it is deployed, and the bootstrap of execution environments. */
export async function bundleFunctions({ entries, root, directory }: BundleOptions): Promise<{
  readonly bootstrapPath: string;
  readonly bundlePath: (functionId: string) => string;
}> {
  await build({
    entryPoints: {
      [BOOTSTRAP]: fileURLToPath(new URL('./environment-bootstrap.ts', import.meta.url)),
      ...Object.fromEntries(Object.entries(entries).map(([id, entry]) => [id, resolve(root, entry)])),
    },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is imported later is loaded later: a function starts without it.
    splitting: true,
    minify: true,
    platform: 'node',
    // Of ES modules what is not used is left out, which halves the code that an environment loads.
    mainFields: ['module', 'main'],
    target: 'node24',
    format: 'esm',
    banner: { js: COMMON_JS_BANNER },
    loader: bundleLoaders,
    logLevel: 'silent',
  });
  const bundlePath = (id: string) => resolve(directory, `${id}.mjs`);
  return { bootstrapPath: bundlePath(BOOTSTRAP), bundlePath };
}
