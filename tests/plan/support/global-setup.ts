import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { installPlatform } from './install-platform.ts';
import { type Rendering, renderPlan } from './render-plan.ts';
import type { Stage } from './stages.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    renderings: Readonly<Record<Stage, Rendering>>;
  }
}

/** Renders both stages once, for all tests of the plan. */
export async function setup(project: TestProject) {
  await installPlatform();
  const [test, production] = await Promise.all([renderPlan('test'), renderPlan('production')]);
  project.provide('renderings', { test, production });
  return () => Promise.all([test, production].map(({ work }) => rm(work, { recursive: true, force: true })));
}
