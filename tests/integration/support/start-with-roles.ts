import { wiring } from '@prelaunch/topology/topology';
import { startPipeline } from '../../support/pipeline.ts';
import { granteesOf, ROLES_ASKED, waysInto } from './ways-in.ts';

const grants = ROLES_ASKED.flatMap((asked) =>
  granteesOf(asked).flatMap((to) => {
    if (asked === 'nobody') return [];
    if (asked !== 'admin') return [{ to, role: asked }];
    return (['operator', 'author', 'auditor'] as const).map((role) => ({ to, role }));
  }),
);

/** A pipeline into which everybody of `ROLES_ASKED` may come, on every way in. */
export async function startWithRoles() {
  const { operations: direct, ...functions } = wiring.functions;
  if (!direct) throw new Error('the wiring has no operations');
  const topology = { ...wiring, functions: { ...functions, operations: { ...direct, aliases: ROLES_ASKED } } };
  const pipeline = await startPipeline({ access: { grants }, topology });
  return { pipeline, ways: waysInto(pipeline.runtime) };
}
