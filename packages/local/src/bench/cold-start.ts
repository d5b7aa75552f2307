import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LocalFunction } from '../lambda/local-function.ts';
import { startEnvironment } from '../lambda/start-environment.ts';

export interface ColdStart {
  /** Code and WebAssembly that are loaded when the function starts; what is imported later is not in it. */
  readonly bundleBytes: number;
  /** From the start of a process until the function can be invoked, the median of several, in milliseconds. Nothing compiled is kept. */
  readonly initMs: number;
}

const STARTS = 7;

/** Starts a function again and again as on a machine that never ran it. */
export async function measureColdStart(spec: LocalFunction): Promise<ColdStart> {
  const directory = await mkdtemp(join(tmpdir(), 'prelaunch-cold-'));
  const times: number[] = [];
  for (let start = 0; start < STARTS; start += 1) times.push(await initOnce(spec, join(directory, String(start))));
  await rm(directory, { recursive: true });
  const initMs = Math.round(times.toSorted((one, other) => one - other)[Math.floor(STARTS / 2)] ?? 0);
  return { bundleBytes: await bytesLoaded(spec.bundlePath, new Set()), initMs };
}

async function initOnce(spec: LocalFunction, compileCacheDirectory: string): Promise<number> {
  const began = performance.now();
  const { child, started, ended } = startEnvironment({ ...spec, compileCacheDirectory });
  const outcome = await started;
  const ms = performance.now() - began;
  child.kill('SIGKILL');
  await ended;
  if (outcome.kind === 'failed') throw new Error(`${spec.id} did not start: ${outcome.error.errorMessage}`);
  return ms;
}

const IMPORTED = /(?:from|import)"(\.\/[^"]+\.mjs)"/g;
const FILE = /"(\.\/[^"]+\.wasm)"/g;

/** Of a bundle and of the files that it cannot start without. */
async function bytesLoaded(path: string, seen: Set<string>): Promise<number> {
  if (seen.has(path)) return 0;
  seen.add(path);
  const { size } = await stat(path);
  if (!path.endsWith('.mjs')) return size;
  const source = await readFile(path, 'utf8');
  const named = [...source.matchAll(IMPORTED), ...source.matchAll(FILE)].map(([, name = '']) =>
    join(dirname(path), name),
  );
  let bytes = size;
  for (const next of named) bytes += await bytesLoaded(next, seen);
  return bytes;
}
