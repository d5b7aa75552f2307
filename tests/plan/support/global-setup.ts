import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { installPlatform } from './install-platform.ts';
import { ROOT } from './paths.ts';
import { type Rendering, renderPlan } from './render-plan.ts';
import type { RenderedStage } from './stages.ts';

/** What sst.config.ts does, with the topology of the tests. */
const SAMPLE_PROGRAM = `async () => {
  const { deployPrelaunch } = await import('${ROOT}/stacks/index.ts');
  const { sampleTopology } = await import('${ROOT}/tests/plan/support/sample-topology.ts');
  return deployPrelaunch($app.stage, sampleTopology);
}`;

declare module 'vitest' {
  export interface ProvidedContext {
    renderings: Readonly<Record<RenderedStage, Rendering>>;
  }
}

/** Renders every stage once, for all tests of the plan. */
export async function setup(project: TestProject) {
  await installPlatform();
  const [test, production, sample] = await Promise.all([
    renderPlan('test'),
    renderPlan('production'),
    renderPlan('sample', SAMPLE_PROGRAM),
  ]);
  project.provide('renderings', { test, production, sample });
  return () => Promise.all([test, production, sample].map(({ work }) => rm(work, { recursive: true, force: true })));
}
