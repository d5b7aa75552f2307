import { afterEach, describe, expect, it, vi } from 'vitest';
import { group, question, somebody } from './testing/questions.ts';

afterEach(() => {
  vi.doUnmock('../policies/protection.cedar');
  vi.resetModules();
});

/** A gate of a deployment whose protection.cedar is this. Its author may do what authors may. */
async function gateProtectedBy(policies: string) {
  vi.resetModules();
  vi.doMock('../policies/protection.cedar', () => ({ default: policies }));
  const { cedarGate } = await import('./cedar-gate.ts');
  return cedarGate({
    grants: [
      { to: 'caller:c', role: 'author' },
      { to: 'caller:c', role: 'operator' },
    ],
  });
}

const drillsOnly = `
  @id("tier-1-drills-only")
  forbid (principal, action == Action::"start_wave_recovery", resource in Tag::"{\\"tier\\":\\"1\\"}")
  unless { context.isDrill };
  @id("not-c")
  forbid (principal in Grantee::"caller:d", action, resource);`;

const overflowing = `
  @id("odd")
  forbid (principal, action == Action::"delete_protection_group", resource) when { 9223372036854775807 + 1 > 0 };`;

describe('policies of a deployment', () => {
  it('may depend on whether it is a drill; who does not say so asks for the real thing', async () => {
    const gate = await gateProtectedBy(drillsOnly);
    const wave = question(somebody('caller:c'), 'start_wave_recovery', group('payments', { tier: '1' }));
    expect(gate.decide({ ...wave, isDrill: true }).allowed).toBe(true);
    expect(gate.decide({ ...wave, isDrill: false })).toEqual({ allowed: false, policies: ['tier-1-drills-only'] });
    expect(gate.decide(wave).allowed).toBe(false);
  });

  it('may take away from some what roles give them', async () => {
    const gate = await gateProtectedBy(drillsOnly);
    const asked = question(somebody('caller:c', 'caller:d'), 'get_protection_group');
    expect(gate.decide(asked)).toEqual({ allowed: false, policies: ['not-c'] });
  });

  it('deny when a forbid fails, which by itself would forbid nothing', async () => {
    const gate = await gateProtectedBy(overflowing);
    const { allowed, policies } = gate.decide(question(somebody('caller:c'), 'delete_protection_group'));
    expect(allowed).toBe(false);
    expect(policies).toEqual([expect.stringContaining('overflow')]);
  });

  it.each([
    ['without an id', 'forbid (principal, action, resource);', /@id/],
    ['with the id of another', '@id("a") forbid (principal, action, resource); '.repeat(2), /all different/],
    ['that is not Cedar', 'forbid everything;', /./],
  ])('keep a function from starting: one %s', async (_, policies, message) => {
    await expect(gateProtectedBy(policies)).rejects.toThrow(message);
    await expect(gateProtectedBy(policies)).rejects.toMatchObject({ code: 'access.configuration' });
  });
});
