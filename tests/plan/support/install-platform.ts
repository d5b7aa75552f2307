import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { PLATFORM, ROOT } from './paths.ts';

const INSTALL_TIMEOUT_MS = 5 * 60_000;

/** Unpacks SST's platform unless the one of this SST version is there already. Needs the package registry, but neither AWS nor the engine. */
export async function installPlatform(): Promise<void> {
  const wanted = await sstVersion();
  if ((await installedVersion()) === wanted) return;
  console.log(`Installing the platform of SST ${wanted} into .sst/platform (about a minute, once per version)`);
  await rm(PLATFORM, { recursive: true, force: true });
  await sstInstall(wanted);
  if ((await installedVersion()) !== wanted) throw new Error(`"sst install" left no platform of SST ${wanted} behind`);
}

async function sstVersion(): Promise<string> {
  const manifest: { version: string } = JSON.parse(
    await readFile(path.join(ROOT, 'node_modules/sst/package.json'), 'utf8'),
  );
  return manifest.version;
}

/** Undefined also when an earlier installation was cut short: the version is written first, the provider lock last. */
async function installedVersion(): Promise<string | undefined> {
  const complete = ['node_modules/@pulumi/aws/package.json', '../provider-lock.json'].every((file) =>
    existsSync(path.join(PLATFORM, file)),
  );
  if (!complete) return undefined;
  return (await readFile(path.join(PLATFORM, 'version'), 'utf8')).trim();
}

async function sstInstall(version: string): Promise<void> {
  const bin = path.join(ROOT, 'node_modules/.bin');
  const env = {
    ...process.env,
    // The Node that runs the tests also runs SST's command and its npm, whatever Node the machine has.
    PATH: [path.dirname(process.execPath), bin, process.env.PATH].join(path.delimiter),
    SST_STAGE: 'ci',
    // Neither the engine nor bun is needed to render a plan.
    SST_SKIP_DEPENDENCY_CHECK: '1',
    NO_BUN: '1',
    SST_TELEMETRY_DISABLED: '1',
  };
  try {
    await promisify(execFile)(path.join(bin, 'sst'), ['install'], { cwd: ROOT, env, timeout: INSTALL_TIMEOUT_MS });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new Error(
      `The plan tests need SST's platform, and "sst install" (${version}) failed. It downloads npm packages, so check the registry.\n${stdout}${stderr}`,
      { cause },
    );
  }
}
