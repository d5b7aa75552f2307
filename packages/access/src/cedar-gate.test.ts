import type { AccessConfiguration, Grant, Role } from '@prelaunch/contracts/access';
import type { AccessAction, Principal } from '@prelaunch/core/access/gate';
import { describe, expect, it } from 'vitest';
import { cedarGate } from './cedar-gate.ts';
import { ACTIONS, estate, group, question, somebody } from './testing/questions.ts';

const TEAM = 'cognito-group:team';
const member = somebody(TEAM);
const denied = { allowed: false, policies: [] };

function gateWith(...grants: readonly Partial<Grant>[]) {
  return cedarGate({ grants: grants.map((grant) => ({ to: TEAM, role: 'operator', ...grant })) });
}

const VIEW = ['list_protection_groups', 'get_protection_group', 'get_launch_config_status'] as const;
const AUTHOR = [
  'create_protection_group',
  'update_protection_group',
  'delete_protection_group',
  'add_servers_to_group',
  'remove_servers_from_group',
] as const;

const MAY: Readonly<Record<Role, readonly AccessAction[]>> = {
  viewer: VIEW,
  operator: [...VIEW, 'view_settings', 'apply_launch_configs', 'start_wave_recovery'],
  author: [...VIEW, 'view_settings', ...AUTHOR, 'apply_launch_configs'],
  approver: [...VIEW, 'view_settings'],
  remediator: [...VIEW, 'view_settings', 'apply_launch_configs'],
  auditor: [...VIEW, 'get_audit_log'],
};

describe('roles', () => {
  it.each(Object.entries(MAY))('let a %s do what it is for, and nothing else', (role, may) => {
    const gate = gateWith({ role: role as Role });
    const allowed = ACTIONS.filter((action) => gate.decide(question(member, action)).allowed);
    expect(allowed.sort()).toEqual(may.toSorted());
  });

  it('add up', () => {
    const gate = gateWith({ role: 'auditor' }, { role: 'operator' });
    expect(gate.decide(question(member, 'get_audit_log')).allowed).toBe(true);
    expect(gate.decide(question(member, 'start_wave_recovery')).allowed).toBe(true);
  });

  it('show which grant allowed', () => {
    const gate = gateWith({ role: 'viewer' }, { groups: ['payments', 'payments'] }, { tags: { team: 'x' } });
    const asked = question(member, 'apply_launch_configs', group('payments', { team: 'x' }));
    expect(gate.decide(asked)).toEqual({ allowed: true, policies: ['operator/1/payments', 'operator/2/{"team":"x"}'] });
    expect(gate.decide(question(member, 'list_protection_groups')).policies).toEqual(['list/0', 'list/1', 'list/2']);
  });
});

describe('who is who', () => {
  const gate = gateWith({}, { to: 'iam:arn:aws:iam::111111111111:role/ops/team/Recoverer' });
  const asked = (principal: Principal) => gate.decide(question(principal, 'apply_launch_configs'));

  it('denies whoever was given nothing', () => {
    expect(asked(somebody())).toEqual(denied);
    expect(asked(somebody('cognito-group:teams', 'caller:team', 'team'))).toEqual(denied);
    expect(gate.decide(question(somebody('caller:x'), 'list_protection_groups'))).toEqual(denied);
  });

  it('does not take the id of a principal for something that a role was given to', () => {
    expect(asked({ id: TEAM, label: TEAM, grantees: [] })).toEqual(denied);
  });

  it('knows a role whatever its path, and no other role, account or user', () => {
    const iam = (rest: string) => asked(somebody(`iam:arn:aws:iam::${rest}`)).allowed;
    expect(iam('111111111111:role/Recoverer')).toBe(true);
    expect(iam('111111111111:role/else/Recoverer')).toBe(true);
    expect(iam('111111111111:role/recoverer')).toBe(false);
    expect(iam('111111111111:role/Recoverer/Other')).toBe(false);
    expect(iam('222222222222:role/Recoverer')).toBe(false);
    expect(iam('111111111111:user/Recoverer')).toBe(false);
    expect(asked(somebody('iam:arn:aws-cn:iam::111111111111:role/Recoverer')).allowed).toBe(false);
  });
});

describe('scopes', () => {
  it('by id cover that group alone', () => {
    const gate = gateWith({ groups: ['payments'] });
    expect(gate.decide(question(member, 'start_wave_recovery', group('payments'))).allowed).toBe(true);
    expect(gate.decide(question(member, 'start_wave_recovery', group('Payments')))).toEqual(denied);
    expect(gate.decide(question(member, 'view_settings', estate))).toEqual(denied);
  });

  it('by tag cover the groups that carry it, with that value', () => {
    const gate = gateWith({ tags: { team: 'x', tier: '1' } });
    const may = (tags: Record<string, string>) =>
      gate.decide(question(member, 'start_wave_recovery', group('a', tags))).allowed;
    expect([{ team: 'x' }, { tier: '1', team: 'y' }].map(may)).toEqual([true, true]);
    expect([{}, { team: 'y' }, { x: 'team' }, { 'team=x': '' }].map(may)).toEqual([false, false, false, false]);
  });

  it('by id and tag cover either', () => {
    const gate = gateWith({ groups: ['payments'], tags: { team: 'x' } });
    const may = (...of: Parameters<typeof group>) =>
      gate.decide(question(member, 'get_protection_group', group(...of))).allowed;
    expect([may('payments'), may('other', { team: 'x' }), may('other')]).toEqual([true, true, false]);
  });

  it('leave the list to whoever has any role: it holds only what they may get', () => {
    expect(gateWith({ groups: ['payments'] }).decide(question(member, 'list_protection_groups')).allowed).toBe(true);
  });

  it('hold for the audit log, which may be asked of one group', () => {
    const gate = gateWith({ role: 'auditor', groups: ['payments'] });
    expect(gate.decide(question(member, 'get_audit_log', group('payments'))).allowed).toBe(true);
    expect(gate.decide(question(member, 'get_audit_log', estate))).toEqual(denied);
    expect(gateWith({ role: 'auditor' }).decide(question(member, 'get_audit_log', estate)).allowed).toBe(true);
  });
});

describe('forbids', () => {
  const gate = gateWith({ role: 'author' });
  const remove = (tags: Record<string, string>) =>
    gate.decide(question(member, 'delete_protection_group', group('payments', tags)));

  it('keep a protected group from being deleted by anybody', () => {
    expect(remove({ 'prelaunch:protected': 'true' })).toEqual({ allowed: false, policies: ['keep-protected-groups'] });
    expect(remove({ 'prelaunch:protected': 'false' }).allowed).toBe(true);
    expect(remove({}).allowed).toBe(true);
  });

  it('keep nothing else from it', () => {
    const asked = question(member, 'update_protection_group', group('payments', { 'prelaunch:protected': 'true' }));
    expect(gate.decide(asked).allowed).toBe(true);
  });
});

describe('what cannot be decided', () => {
  it('is denied, with the error in place of a policy', () => {
    const decisions = [
      question(member, 'start_wave_recovery', estate),
      question(member, 'list_protection_groups', group()),
      question(member, 'drop_tables' as AccessAction, estate),
      question({ ...member, id: null as never }, 'get_protection_group'),
      question({ ...member, grantees: null as never }, 'get_protection_group'),
    ].map((asked) => gateWith({}).decide(asked));
    for (const { allowed, policies } of decisions) {
      expect(allowed).toBe(false);
      expect(policies).toEqual([expect.stringMatching(/^error: .{10,200}$/s)]);
    }
  });

  it.each([
    ['a role that there is not', { role: 'king' as Role }, /grants\[1\] \(king to cognito-group:team\): .*king/],
    [
      'tags that name none',
      { tags: {} },
      /grants\[1\] \(operator to cognito-group:team\): it names no group and no tag/,
    ],
  ])('keeps a function from starting: %s', (_, grant, message) => {
    const configuration: AccessConfiguration = {
      grants: [
        { to: TEAM, role: 'viewer' },
        { to: TEAM, role: 'operator', ...grant },
      ],
    };
    expect(() => cedarGate(configuration)).toThrow(message);
    expect(() => cedarGate(configuration)).toThrow(expect.objectContaining({ code: 'access.configuration' }));
  });
});

describe('the time it takes', () => {
  it('is far below a millisecond a decision, so that a list of groups can ask for each', () => {
    const gate = gateWith({ tags: { team: 'x' } });
    const asked = question(member, 'get_protection_group', group('payments', { team: 'x', tier: '1' }));
    const start = performance.now();
    for (let n = 0; n < 500; n += 1) gate.decide(asked);
    expect((performance.now() - start) / 500).toBeLessThan(5);
  });
});
