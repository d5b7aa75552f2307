import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import vm from 'node:vm';
import { build, type Plugin, transform } from 'esbuild';
import { COMMONJS_NAMES } from './bundle-handler.ts';
import { startCliServer } from './cli-server.ts';
import { PLATFORM, ROOT } from './paths.ts';
import type { App } from './plan-format.ts';

const SUPPORT = import.meta.dirname;
const CONFIG = path.join(ROOT, 'sst.config.ts');
const RUN_TIMEOUT_MS = 2 * 60_000;

export interface Rendering {
  /** The plan as JSON, byte for byte the same for the same sources. */
  readonly text: string;
  /** The folder below which the function bundles are, see `bundleFolder`. The caller removes it. */
  readonly work: string;
}

/**
 * Renders what `sst deploy --stage <stage>` would create: builds sst.config.ts the way the SST CLI does (same defines,
 * injected shim and globals) and runs it in a child process against a recorder. It uses no AWS, no engine and no network
 * but loopback, so it validates nothing that only the provider knows. `run` is the source text of the program.
 */
export async function renderPlan(stage: string, run = 'config.run'): Promise<Rendering> {
  const work = await mkdtemp(path.join(tmpdir(), `prelaunch-plan-${stage}-`));
  // Inside the platform, so that what the program leaves external is found in the platform's node_modules.
  const program = path.join(PLATFORM, `plan.${path.basename(work)}.mjs`);
  const cli = await startCliServer(work);
  try {
    await buildProgram(program, run, await evaluateApp(stage), work);
    return { text: await runProgram(program, cli.url, work), work };
  } catch (cause) {
    await rm(work, { recursive: true, force: true });
    throw new Error(`Stage ${stage} does not render: ${messageOf(cause)}`, { cause });
  } finally {
    cli.close();
    await Promise.all([program, `${program}.map`].map((file) => rm(file, { force: true })));
  }
}

/** Calls `app` of sst.config.ts, with an empty environment so that a developer's settings do not change the plan. */
async function evaluateApp(stage: string): Promise<App> {
  const { code } = await transform(await readFile(CONFIG, 'utf8'), { loader: 'ts', format: 'cjs' });
  const module: { exports: { default?: { app: (input: { stage: string }) => object } } } = { exports: {} };
  vm.runInNewContext(code, { module, process: { env: {} }, $config: (config: unknown) => config });
  if (!module.exports.default) throw new Error('sst.config.ts has no default export');
  return { ...module.exports.default.app({ stage }), stage } as App;
}

async function buildProgram(outfile: string, run: string, app: App, work: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    stdin: {
      contents: `
        import { record } from '${SUPPORT}/recorder.ts';
        import { run } from '${PLATFORM}/src/auto/run.ts';
        import config from '${CONFIG}';
        await record($app, () => run(${run}), process.env.PLAN_FILE);`,
      resolveDir: ROOT,
      sourcefile: 'plan.ts',
      loader: 'ts',
    },
    banner: { js: COMMONJS_NAMES },
    bundle: true,
    define: {
      $app: JSON.stringify(app),
      $cli: JSON.stringify({
        command: 'deploy',
        dev: false,
        paths: { home: work, root: ROOT, work, platform: PLATFORM },
        state: { version: {} },
      }),
      $dev: 'false',
    },
    external: [
      '@pulumi/*',
      '@pulumiverse/*',
      '@sst-provider/*',
      '@aws-sdk/*',
      'archiver',
      'esbuild',
      'glob',
      'undici',
      'vite',
    ],
    format: 'esm',
    inject: [path.join(PLATFORM, 'src/shim/run.js')],
    logLevel: 'silent',
    mainFields: ['module', 'main'],
    nodePaths: [path.join(PLATFORM, 'node_modules')],
    outfile,
    platform: 'node',
    plugins: [injectGlobals(await globalImports())],
    sourcemap: 'linked',
  });
}

/** The globals of a stack: `sst`, and one namespace per provider, as `sst install` has recorded them. */
async function globalImports(): Promise<string> {
  const lock = await readFile(path.join(PLATFORM, '../provider-lock.json'), 'utf8');
  const providers: { alias: string; package: string }[] = JSON.parse(lock);
  return [
    ...providers.map(({ alias, package: name }) => `import * as ${alias} from '${name}';`),
    `import * as sst from '${PLATFORM}/src/components';`,
  ].join('\n');
}

function injectGlobals(imports: string): Plugin {
  const isOurs = (file: string) => !file.startsWith(path.dirname(PLATFORM)) && !file.startsWith(SUPPORT);
  return {
    name: 'inject-globals',
    setup({ onLoad }) {
      onLoad({ filter: /\.[jt]sx?$/ }, async ({ path: file }) =>
        isOurs(file) ? { contents: `${imports}\n${await readFile(file, 'utf8')}`, loader: 'default' } : undefined,
      );
    },
  };
}

async function runProgram(program: string, cliUrl: string, work: string): Promise<string> {
  const file = path.join(work, 'plan.json');
  await promisify(execFile)(process.execPath, ['--enable-source-maps', '--no-deprecation', program], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: work, SST_SERVER: cliUrl, PLAN_FILE: file },
    timeout: RUN_TIMEOUT_MS,
  });
  return readFile(file, 'utf8');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
