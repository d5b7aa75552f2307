import type { OperationName } from '@prelaunch/contracts/operations';
import { auditExamples } from './examples/audit.ts';
import { bindingExamples } from './examples/bindings.ts';
import { configurationExamples } from './examples/configurations.ts';
import { driftExamples } from './examples/drift.ts';
import { configExamples } from './examples/launch-configs.ts';
import { groupExamples } from './examples/protection-groups.ts';
import { waveExamples } from './examples/waves.ts';

export type Shown<Value> = Readonly<Record<string, { readonly summary: string; readonly value: Value }>>;

/** Bodies by what they show. */
export interface OperationExamples {
  readonly request?: Shown<Readonly<Record<string, unknown>>>;
  readonly responses: { readonly [Status in '200' | '201' | '202']?: Shown<Readonly<Record<string, unknown>>> };
}

export const examples: Readonly<Record<OperationName, OperationExamples>> = {
  ...groupExamples,
  ...configExamples,
  ...waveExamples,
  ...configurationExamples,
  ...bindingExamples,
  ...driftExamples,
  ...auditExamples,
};
