import { ROLES } from '@prelaunch/contracts/access';
import { describe, expect, it } from 'vitest';
import schema from '../policies/schema.cedarschema';
import { cedar } from './cedar.ts';
import { policiesOf } from './policies.ts';
import { ACTIONS, usualResources } from './testing/questions.ts';

const scopes = { groups: ['payments'], tags: { team: 'x' }, configurations: ['production'] };
const grants = ROLES.map((role) => ({ to: `cognito-group:${role}`, role, ...scopes }));

const TYPES = { estate: 'Estate', configuration: 'Configuration', group: 'ProtectionGroup' };

describe('the policies', () => {
  it('fit the schema, strictly', () => {
    const answer = cedar.validate({
      schema,
      policies: policiesOf({ grants: [...grants, { to: 'caller:unqualified', role: 'viewer' }] }),
      validationSettings: { mode: 'strict' },
    });
    expect(answer).toEqual({ type: 'success', validationErrors: [], validationWarnings: [], otherWarnings: [] });
  });

  it('would be refused if they named what the schema does not know', () => {
    const odd = 'permit (principal, action == Action::"drop_tables", resource);';
    const answer = cedar.validate({ schema, policies: { staticPolicies: { odd } } });
    expect(answer).toMatchObject({ type: 'success', validationErrors: [{ policyId: 'odd' }] });
  });

  it('know every operation and what it is asked of, and nothing else besides settings and groups of actions', () => {
    const answer = cedar.schemaToJson(schema);
    const actions = answer.type === 'success' ? Object.entries(answer.json['']?.actions ?? {}) : [];
    const asked = actions.map(([action, { appliesTo }]) => [action, (appliesTo?.resourceTypes ?? []).toSorted()]);
    const usual = ACTIONS.map((action) => [
      action,
      usualResources(action)
        .map(({ kind }) => TYPES[kind])
        .sort(),
    ]);
    expect(Object.fromEntries(asked.filter(([, types]) => types?.length))).toEqual(Object.fromEntries(usual));
  });
});
