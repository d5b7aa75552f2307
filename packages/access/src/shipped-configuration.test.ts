import { AccessConfiguration, ROLES } from '@prelaunch/contracts/access';
import { describe, expect, it } from 'vitest';
import shipped from '../../../access.json' with { type: 'json' };
import { cedarGate } from './cedar-gate.ts';
import { cognitoPrincipal } from './principals.ts';
import { ACTIONS, question, somebody } from './testing/questions.ts';

/** Lambda gives all variables of a function 4 KB together, and the names of tables and queues take most of one. */
const LENGTH_MAX = 2048;

const configuration = AccessConfiguration.parse(shipped);
const gate = cedarGate(configuration);

describe('the shipped access configuration', () => {
  it('gives each role to a Cognito group of its name', () => {
    for (const role of ROLES) {
      const member = cognitoPrincipal({ sub: '1', 'cognito:groups': `prelaunch-${role}` });
      const policies = member && gate.decide(question(member, 'get_protection_group')).policies;
      expect(policies).toEqual([expect.stringMatching(`^${role}/`)]);
    }
  });

  it.each([
    ['caller:orchestrator', 'start_wave_recovery', true],
    ['caller:orchestrator', 'update_protection_group', false],
    ['caller:publisher', 'update_protection_group', true],
    ['caller:publisher', 'start_wave_recovery', false],
    ['caller:auditor', 'get_audit_log', true],
    ['caller:auditor', 'view_settings', false],
    ['caller:unqualified', 'start_wave_recovery', true],
    ['caller:unqualified', 'create_protection_group', true],
    ['caller:unqualified', 'get_audit_log', false],
  ] as const)('lets %s ask for %s: %s', (grantee, action, allowed) => {
    expect(gate.decide(question(somebody(grantee), action)).allowed).toBe(allowed);
  });

  it('gives strangers nothing', () => {
    const strangers = somebody('cognito-group:viewer', 'caller:7', 'iam:arn:aws:iam::111111111111:user/local');
    expect(ACTIONS.filter((action) => gate.decide(question(strangers, action)).allowed)).toEqual([]);
  });

  it('fits into the environment of a function', () => {
    expect(JSON.stringify(configuration).length).toBeLessThan(LENGTH_MAX);
  });
});
