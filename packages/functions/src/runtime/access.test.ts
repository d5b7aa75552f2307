import { describe, expect, it, vi } from 'vitest';
import { accessGate } from './access.ts';

function gateFrom(configuration: unknown) {
  vi.stubEnv('ACCESS_CONFIGURATION', typeof configuration === 'string' ? configuration : JSON.stringify(configuration));
  return accessGate();
}

describe('accessGate', () => {
  it('decides by what the environment says', () => {
    const gate = gateFrom({ grants: [{ to: 'caller:publisher', role: 'author', groups: ['payments'] }] });
    const principal = { id: 'caller:publisher', label: 'publisher', grantees: ['caller:publisher'] };
    const of = (groupId: string) =>
      gate.decide({
        principal,
        action: 'update_protection_group',
        resource: { kind: 'group', groupId, tags: {} },
      });
    expect(of('payments')).toEqual({ allowed: true, policies: ['author/0/payments'] });
    expect(of('ledger')).toEqual({ allowed: false, policies: [] });
  });

  it.each([
    ['{', 'ACCESS_CONFIGURATION is not JSON'],
    [{}, 'grants: '],
    [{ grants: [{ to: 'caller:x', role: 'king' }] }, 'grants.0.role: one of viewer, operator'],
    [{ grants: [{ to: 'everybody', role: 'viewer' }] }, 'grants.0.to: cognito-group:<name>'],
    [{ grants: [{ to: 'caller:x', role: 'viewer', group: 'payments' }] }, 'grants.0: '],
    [{ grants: [{ to: 'caller:x', role: 'viewer', tags: {} }] }, 'grants[0] (viewer to caller:x)'],
  ])('keeps the function from starting with %j, and says where it is wrong', (configuration, message) => {
    expect(() => gateFrom(configuration)).toThrow(message);
  });

  it('names the variable that is missing', () => {
    expect(() => gateFrom('')).toThrow('ACCESS_CONFIGURATION');
  });
});
