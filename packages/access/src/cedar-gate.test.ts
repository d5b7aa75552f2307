import type { AccessConfiguration, Grant, Role } from '@prelaunch/contracts/access';
import type { AccessAction, AccessResource, Principal } from '@prelaunch/core/access/gate';
import { describe, expect, it } from 'vitest';
import { cedarGate } from './cedar-gate.ts';
import {
  ACTIONS,
  configuration,
  estate,
  group,
  publishes,
  question,
  somebody,
  usualResources,
} from './testing/questions.ts';

const TEAM = 'cognito-group:team';
const member = somebody(TEAM);
const denied = { allowed: false, policies: [] };

function gateWith(...grants: readonly Partial<Grant>[]) {
  return cedarGate({ grants: grants.map((grant) => ({ to: TEAM, role: 'operator', ...grant })) });
}

const VIEW = [
  'list_protection_groups',
  'get_protection_group',
  'get_launch_config_status',
  'resolve_configuration',
  'list_configurations',
  'get_configuration',
  'list_configuration_versions',
  'compare_configuration_versions',
  'get_configuration_draft',
  'plan_configuration_publish',
  'get_configuration_graph',
  'list_bindings',
  'list_instance_drift',
  'get_instance_drift',
] as const;
const PUBLISH = ['publish_configuration', 'rollback_configuration', 'resume_configuration_rollout'] as const;
const REMEDIATE = ['apply_launch_configs', 'audit_protection_group', 'remediate_instance'] as const;
const AUTHOR = [
  'create_protection_group',
  'update_protection_group',
  'delete_protection_group',
  'add_servers_to_group',
  'remove_servers_from_group',
  'save_configuration_draft',
  'discard_configuration_draft',
  'delete_configuration',
  'create_binding',
  'update_binding',
  'delete_binding',
  ...PUBLISH,
] as const;

const MAY: Readonly<Record<Role, readonly AccessAction[]>> = {
  viewer: VIEW,
  operator: [...VIEW, 'view_settings', ...REMEDIATE, 'start_wave_recovery'],
  author: [...VIEW, 'view_settings', ...AUTHOR, 'apply_launch_configs', 'audit_protection_group'],
  approver: [...VIEW, 'view_settings', ...PUBLISH],
  remediator: [...VIEW, 'view_settings', ...REMEDIATE],
  auditor: [...VIEW, 'get_audit_log'],
};

describe('roles', () => {
  it.each(Object.entries(MAY))('let a %s do what it is for, and nothing else', (role, may) => {
    const gate = gateWith({ role: role as Role });
    const answers = ACTIONS.map((action) => {
      const decisions = usualResources(action).map((resource) => gate.decide(question(member, action, resource)));
      return [action, decisions.map(({ allowed }) => allowed)];
    });
    const expected = ACTIONS.map((action) => [action, usualResources(action).map(() => may.includes(action))]);
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(expected));
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

  it('by configuration cover that configuration alone, and no group', () => {
    const gate = gateWith({ role: 'author', configurations: ['production'] });
    const may = (action: AccessAction, of?: AccessResource) => gate.decide(question(member, action, of)).allowed;
    expect(may('save_configuration_draft', configuration('production'))).toBe(true);
    expect(may('get_configuration_graph', configuration('production'))).toBe(true);
    expect(may('save_configuration_draft', configuration('Production'))).toBe(false);
    expect(may('get_protection_group', group('production'))).toBe(false);
    expect(may('resolve_configuration', group('production'))).toBe(false);
    expect(may('view_settings', estate)).toBe(false);
  });

  it('by group and tag cover no configuration and no binding', () => {
    const gate = gateWith({ role: 'author', groups: ['payments'], tags: { team: 'x' } });
    const may = (action: AccessAction, of?: AccessResource) => gate.decide(question(member, action, of)).allowed;
    expect(may('resolve_configuration', group('payments'))).toBe(true);
    expect(may('get_configuration', configuration('payments'))).toBe(false);
    expect(may('get_configuration_graph', estate)).toBe(false);
    expect([may('list_bindings'), may('create_binding')]).toEqual([false, false]);
  });

  it('tell a group from a configuration of the same name, and show which of them allowed', () => {
    const gate = gateWith({ groups: ['web', 'web'], configurations: ['web', 'web'] });
    const policies = (of: AccessResource) => gate.decide(question(member, 'resolve_configuration', of)).policies;
    expect(policies(group('web'))).toEqual(['operator/0/web']);
    expect(policies(configuration('web'))).toEqual(['operator/0/configuration:web']);
  });

  it.each(['list_protection_groups', 'list_configurations', 'list_instance_drift'] as const)(
    'leave %s to whoever has any role: the answer holds only what they may get',
    (action) => {
      for (const scope of [{ groups: ['payments'] }, { tags: { team: 'x' } }, { configurations: ['production'] }])
        expect(gateWith(scope).decide(question(member, action)).allowed).toBe(true);
      expect(gateWith({ to: 'caller:else' }).decide(question(member, action))).toEqual(denied);
    },
  );

  it('hold for instances, which are their groups’; of those that nobody knows, only whoever may see everything is told', () => {
    const gate = gateWith({ groups: ['payments'] });
    for (const action of ['get_instance_drift', 'list_instance_drift', 'remediate_instance'] as const) {
      const may = (of: AccessResource) => gate.decide(question(member, action, of)).allowed;
      expect([action, may(group('payments')), may(group('ledger'))]).toEqual([action, true, false]);
      expect(may(estate)).toBe(action === 'list_instance_drift');
      expect(gateWith({}).decide(question(member, action, estate)).allowed).toBe(true);
    }
    expect(gate.decide(question(member, 'audit_protection_group', group('ledger')))).toEqual(denied);
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

describe('four eyes', () => {
  const gate = gateWith({ role: 'author' });
  const refused = { allowed: false, policies: ['four-eyes'] };

  it.each([
    ['many servers', { changedServers: 25 }],
    ['more servers', { changedServers: Number.MAX_SAFE_INTEGER }],
    ['a critical setting', { keyClasses: ['critical'] }],
    ['a critical setting among others', { changedServers: 1, keyClasses: ['other', 'critical', 'network'] }],
    ['both', { changedServers: 100, keyClasses: ['critical'] }],
  ] as const)('have to be two to change %s', (_, publishing) => {
    expect(gate.decide(publishes(member, { ...publishing, isOwn: true }))).toEqual(refused);
    expect(gate.decide(publishes(member, { ...publishing, isOwn: false })).allowed).toBe(true);
  });

  it('may be one pair for what changes little', () => {
    const little = { changedServers: 24, keyClasses: ['network', 'compute', 'other'], isOwn: true } as const;
    expect(gate.decide(publishes(member, little)).allowed).toBe(true);
  });

  it('are the same for approvers, and for whoever is author and approver', () => {
    const many = { changedServers: 25, keyClasses: ['critical'] } as const;
    for (const roles of [['approver'], ['author', 'approver']] as const) {
      const some = gateWith(...roles.map((role) => ({ role })));
      expect(some.decide(publishes(member, { ...many, isOwn: true }))).toEqual(refused);
      expect(some.decide(publishes(member, { ...many, isOwn: false })).allowed).toBe(true);
    }
  });

  it('are not asked for before it is known what publishing would do, but the role is', () => {
    const asked = question(member, 'publish_configuration');
    expect(gate.decide(asked)).toEqual({ allowed: true, policies: ['author/0'] });
    expect(gateWith({ role: 'operator' }).decide(asked)).toEqual(denied);
    expect(gateWith({ role: 'author', configurations: ['test'] }).decide(asked)).toEqual(denied);
  });

  it('hold for nothing but publishing, so that one may go back to what was published', () => {
    const publishing = { changedServers: 1000, keyClasses: ['critical'], isOwn: true } as const;
    for (const action of [
      'rollback_configuration',
      'resume_configuration_rollout',
      'plan_configuration_publish',
    ] as const)
      expect(gate.decide({ ...question(member, action), publishing }).allowed).toBe(true);
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
      question(member, 'get_configuration', group()),
      question(member, 'get_protection_group', configuration()),
      question(member, 'create_binding', configuration()),
      question(member, 'get_configuration', configuration(null as never)),
      publishes(member, { keyClasses: null as never }),
      publishes(member, { keyClasses: [1] as never }),
      publishes(member, { isOwn: undefined as never }),
      ...[NaN, Infinity, 1.5, -1, 2 ** 53, '30', null].map((many) =>
        publishes(member, { changedServers: many as never }),
      ),
    ].map((asked) => gateWith({}, { role: 'author' }).decide(asked));
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
      /grants\[1\] \(operator to cognito-group:team\): it names no group, no tag and no configuration/,
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
