import { existsSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build, type Loader } from 'esbuild';
import { ROOT } from './paths.ts';

/** What SST asks of its CLI to have a function bundled. `properties` is the function's `nodejs` argument and its architecture. */
export interface BuildRequest {
  readonly functionID: string;
  readonly handler: string;
  readonly properties: NodeProperties;
}

export interface BuildReply {
  readonly handler: string;
  readonly out: string;
  readonly errors: readonly string[];
  readonly sourcemaps: readonly string[];
}

interface NodeProperties {
  readonly architecture?: string;
  readonly banner?: string;
  readonly esbuild?: { readonly external?: string[]; readonly target?: string };
  readonly format?: 'cjs' | 'esm';
  readonly install?: Readonly<Record<string, string>>;
  readonly loader?: Readonly<Record<string, Loader>>;
  readonly minify?: boolean;
  readonly splitting?: boolean;
  /** Options that are not modelled here; stating one is refused. */
  readonly [option: string]: unknown;
}

const HONOURED = new Set(['architecture', 'banner', 'esbuild', 'format', 'install', 'loader', 'minify', 'splitting']);
const HONOURED_BY_ESBUILD = new Set(['external', 'target']);

/** The names that CommonJS dependencies expect, made inside an ES module. */
export const COMMONJS_NAMES = [
  'import { createRequire as requireFrom } from "node:module";',
  'import { dirname as folderOf } from "node:path";',
  'import { fileURLToPath as fileOf } from "node:url";',
  'const require = requireFrom(import.meta.url);',
  'const __filename = fileOf(import.meta.url);',
  'const __dirname = folderOf(__filename);',
].join('\n');

/** Where the bundle of a function is put, below the working folder of one rendering. */
export function bundleFolder(work: string, functionID: string): string {
  return path.join(work, 'artifacts', `${functionID}-src`);
}

/** Bundles a handler as the SST CLI does, and refuses one that is missing, does not build, or does not export what is named. */
export async function bundleHandler(work: string, request: BuildRequest): Promise<BuildReply> {
  const extension = path.extname(request.handler);
  const source = path.join(ROOT, `${request.handler.slice(0, -extension.length)}.ts`);
  if (!existsSync(source)) return refused(`Handler not found: ${request.handler}`);
  const unknown = unknownOptions(request.properties);
  if (unknown.length > 0) return refused(`The rendering does not know the build options ${unknown.join(', ')}`);

  const out = bundleFolder(work, request.functionID);
  const { metafile } = await build({
    ...optionsOf(request.properties),
    entryPoints: [{ in: source, out: 'bundle' }],
    outdir: out,
    outExtension: { '.js': isCommonJs(request) ? '.cjs' : '.mjs' },
  });
  const exported = Object.values(metafile.outputs).flatMap(({ entryPoint, exports }) => (entryPoint ? exports : []));
  if (!isCommonJs(request) && !exported.includes(extension.slice(1)))
    return refused(`${request.handler} is not exported`);
  return { handler: `bundle${extension}`, out, errors: [], sourcemaps: [] };
}

/** The CLI's own defaults, overridden by what the stack asks for. Nothing is external unless it says so. */
function optionsOf({
  banner = '',
  esbuild = {},
  format = 'esm',
  install = {},
  loader = {},
  minify = true,
  splitting = false,
}: NodeProperties) {
  return {
    absWorkingDir: ROOT,
    banner: { js: format === 'esm' ? `${COMMONJS_NAMES}\n${banner}` : banner },
    bundle: true,
    external: ['sharp', 'pg-native', ...Object.keys(install), ...(esbuild.external ?? [])],
    format,
    keepNames: true,
    loader,
    logLevel: 'silent',
    mainFields: format === 'esm' ? ['module', 'main'] : ['main'],
    metafile: true,
    minify,
    platform: 'node',
    splitting,
    target: esbuild.target ?? 'esnext',
  } as const satisfies BuildOptions;
}

/** Options that would be ignored here could make the plan differ from the deployment without anybody noticing. */
function unknownOptions(properties: NodeProperties): string[] {
  const stated = (options: object) =>
    Object.entries(options).filter(([, value]) => value !== undefined && value !== null);
  return [
    ...stated(properties).filter(([name]) => !HONOURED.has(name)),
    ...stated(properties.esbuild ?? {}).filter(([name]) => !HONOURED_BY_ESBUILD.has(name)),
  ].map(([name]) => name);
}

function isCommonJs({ properties }: BuildRequest): boolean {
  return properties.format === 'cjs';
}

function refused(...errors: string[]): BuildReply {
  return { handler: '', out: '', errors, sourcemaps: [] };
}
