import { defineConfig } from 'vitest/config';

/** Suites that start whole runtimes share two cores with the functions they start, so they get time, not patience in the tests. */
const SLOW = { testTimeout: 120_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.prelaunch/test-report.json' }]] : ['default'],
    projects: [
      { test: { name: 'unit', include: ['packages/*/src/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'contract', include: ['tests/contract/**/*.test.ts'], ...SLOW } },
      { test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], ...SLOW } },
      { test: { name: 'simulation', include: ['tests/simulation/**/*.test.ts'], ...SLOW } },
      {
        test: {
          name: 'plan',
          include: ['tests/plan/**/*.test.ts'],
          globalSetup: ['tests/plan/support/global-setup.ts'],
          ...SLOW,
          hookTimeout: 600_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/{core,aws,functions}/src/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90, branches: 90 },
    },
  },
});
