import type { AccessQuestion } from '@prelaunch/core/access/gate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cedarGate } from './cedar-gate.ts';
import { rememberedDecisions } from './remembered-decisions.ts';

const gate = cedarGate({
  grants: [
    { to: 'cognito-group:a', role: 'operator', groups: ['x-1'] },
    { to: 'cognito-group:b', role: 'author', tags: { team: 'x' }, configurations: ['x-1'] },
    { to: 'cognito-group:c', role: 'viewer' },
  ],
});

const ids = fc.constantFrom('x-1', 'x-2');
const question: fc.Arbitrary<AccessQuestion> = fc.record(
  {
    principal: fc.record({
      id: fc.constantFrom('p', 'q'),
      grantees: fc.subarray(['cognito-group:a', 'cognito-group:b', 'cognito-group:c']),
    }),
    action: fc.constantFrom(
      'get_protection_group',
      'view_settings',
      'apply_launch_configs',
      'delete_protection_group',
      'resolve_configuration',
      'publish_configuration',
    ),
    resource: fc.oneof(
      fc.record({
        kind: fc.constant('group' as const),
        groupId: ids,
        tags: fc.constantFrom({}, { team: 'x' }, { team: 'y' }, { 'prelaunch:protected': 'true', team: 'x' }),
      }),
      fc.record({ kind: fc.constant('configuration' as const), configurationId: ids }),
      fc.constant({ kind: 'estate' as const }),
    ),
    publishing: fc.record({
      changedServers: fc.constantFrom(0, 24, 25),
      keyClasses: fc.subarray(['critical', 'other'] as const),
      isOwn: fc.boolean(),
    }),
  },
  { requiredKeys: ['principal', 'action', 'resource'] },
);

describe('rememberedDecisions', () => {
  it('decides as its gate does, whatever was asked before', () => {
    const remembered = rememberedDecisions(gate);
    fc.assert(
      fc.property(question, (asked) => {
        expect(remembered.decide(asked)).toEqual(gate.decide(asked));
      }),
      { numRuns: 2000 },
    );
  });

  it('asks its gate once', () => {
    let asked = 0;
    const counting = {
      decide: () => {
        asked += 1;
        return { allowed: true, policies: [] };
      },
    };
    const remembered = rememberedDecisions(counting);
    const principal = { id: 'p', grantees: [] };
    const estate = { principal, action: 'list_protection_groups', resource: { kind: 'estate' } } as const;
    remembered.decide(estate);
    remembered.decide({ ...estate, principal: { ...principal, label: 'other' } });
    expect(asked).toBe(1);
    for (let n = 0; n < 3000; n += 1) remembered.decide({ ...estate, principal: { id: `p-${n}`, grantees: [] } });
    remembered.decide(estate);
    expect(asked).toBe(3002);
  });
});
