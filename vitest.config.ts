import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineConfig } from 'vitest/config';
import { bundleLoaders } from './packages/topology/src/bundle-loaders.ts';

/** Suites that start whole runtimes share two cores with the functions they start, so they get time, not patience in the tests. */
const SLOW = { testTimeout: 120_000, hookTimeout: 180_000 };

/** Whole runtimes fill the machine by themselves, so they run one after the other, after all else has run side by side. */
const TOGETHER = { maxWorkers: 2, sequence: { groupOrder: 0 } };
const ALONE = { maxWorkers: 1, sequence: { groupOrder: 1 } };

/** Imports policies and WebAssembly as the bundlers of functions do. */
const bundledFiles = {
  name: 'bundled-files',
  enforce: 'pre' as const,
  // What is in node_modules, Node imports by itself, past all plugins.
  config: () => ({ test: { server: { deps: { inline: [/\.wasm$/] } } } }),
  load(id: string) {
    const loader = new Map<string, string>(Object.entries(bundleLoaders)).get(extname(id));
    if (!loader) return undefined;
    const value = loader === 'text' ? readFileSync(id, 'utf8') : pathToFileURL(id).href;
    return `export default ${JSON.stringify(value)};`;
  },
};
const plugins = [bundledFiles];

export default defineConfig({
  test: {
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.prelaunch/test-report.json' }]] : ['default'],
    projects: [
      {
        plugins,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          ...TOGETHER,
        },
      },
      { plugins, test: { name: 'contract', include: ['tests/contract/**/*.test.ts'], ...SLOW, ...TOGETHER } },
      { plugins, test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], ...SLOW, ...ALONE } },
      { test: { name: 'simulation', include: ['tests/simulation/**/*.test.ts'], ...SLOW, ...TOGETHER } },
      { plugins, test: { name: 'fuzz', include: ['tests/fuzz/**/*.test.ts'], ...SLOW, ...TOGETHER } },
      {
        test: {
          name: 'plan',
          include: ['tests/plan/**/*.test.ts'],
          globalSetup: ['tests/plan/support/global-setup.ts'],
          ...SLOW,
          ...TOGETHER,
          hookTimeout: 600_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/{access,core,aws,functions}/src/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90, branches: 90 },
    },
  },
});
