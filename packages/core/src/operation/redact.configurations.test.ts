import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { beforeEach, describe, expect, it } from 'vitest';
import { group, serverId } from '../../../../tests/support/builders.ts';
import { member, type OperationWorld, operationWorld } from '../../../../tests/support/operation-world.ts';
import { draftPlan, say } from '../../../../tests/support/plans.ts';

const SUBNET = 'subnet-5ec2e75ec2e7';
const SECRETS = [SUBNET, 'a-secret-name', 'a-secret-tag', '10.99.98.97'];
const HASH = /sha256:[0-9a-f]{64}/;
const ofBase = { configurationId: 'base' };
const ofGroup = { groupId: 'payments', serverId: serverId(1) };

let world: OperationWorld;
beforeEach(async () => {
  world = operationWorld();
  const secret = { subnetId: SUBNET, name: 'a-secret-name', tags: { cost: 'a-secret-tag' } };
  await say(world, 'base', { settings: secret, variants: { 'm7i.*': { subnetId: SUBNET } }, locked: ['name'] });
  await say(world, 'base', { settings: { ...secret, name: 'other' }, locked: ['name'] });
  const own = { privateIpAddress: '10.99.98.97', name: 'a-secret-name' };
  await world.put(
    group({ configuration: ofBase, launchConfig: { tags: { cost: 'x' } }, serverOverrides: { [serverId(1)]: own } }),
  );
  const broken = { ...secret, targetInstanceTypeRightSizingMethod: 'BASIC', instanceType: 'm7i.large' } as const;
  await draftPlan(world, 'base', { settings: broken, variants: { 't3.*': { subnetId: SUBNET } } });
});

const READS: readonly (readonly [OperationName, object])[] = [
  ['get_configuration', ofBase],
  ['get_configuration', { ...ofBase, version: 1 }],
  ['list_configurations', {}],
  ['list_configuration_versions', ofBase],
  ['compare_configuration_versions', { ...ofBase, fromVersion: 1, toVersion: 2 }],
  ['get_configuration_draft', ofBase],
  ['plan_configuration_publish', ofBase],
  ['plan_configuration_publish', { ...ofBase, toVersion: 1 }],
  ['resolve_configuration', ofBase],
  ['resolve_configuration', ofGroup],
  ['get_configuration_graph', {}],
  ['get_configuration_graph', { ...ofBase, draft: true, format: 'graphml' }],
  ['list_bindings', {}],
];

function asked(operation: OperationName, stated: object, role: string): Promise<object> {
  return world.ask({ operation, ...stated }, { principal: member(role) });
}

describe('what is answered of configurations', () => {
  it.each(READS)(
    'by %s with %j has no settings and no hashes of them for viewers and auditors',
    async (operation, stated) => {
      const { response } = operations[operation];
      for (const role of ['viewer', 'auditor']) {
        const answer = await asked(operation, stated, role);
        const text = JSON.stringify(answer);
        for (const secret of SECRETS) expect(text).not.toContain(secret);
        expect(text).not.toMatch(HASH);
        expect(response.parse(answer)).toEqual(answer);
      }
    },
  );

  it.each(READS.filter(([operation]) => !['get_configuration_graph', 'list_bindings'].includes(operation)))(
    'by %s with %j has them for those who may see settings',
    async (operation, stated) => {
      for (const role of ['operator', 'author', 'approver']) {
        const text = JSON.stringify(await asked(operation, stated, role));
        expect(SECRETS.some((secret) => text.includes(secret)) || HASH.test(text)).toBe(true);
      }
    },
  );

  it('keeps which keys are stated, by what, who wins, who loses why, and what changes how far', async () => {
    expect(await asked('get_configuration', { ...ofBase, version: 1 }, 'viewer')).toMatchObject({
      settings: { subnetId: '[redacted]', name: '[redacted]', tags: '[redacted]' },
      variants: { 'm7i.*': { subnetId: '[redacted]' } },
      locked: ['name'],
    });
    expect(await asked('resolve_configuration', ofGroup, 'viewer')).toMatchObject({
      path: [{ ...ofBase, version: 2 }],
      settings: { privateIpAddress: '[redacted]' },
      configHash: '[redacted]',
      provenance: {
        name: {
          winner: { by: { layer: 'configuration', ...ofBase, version: 2 }, value: '[redacted]' },
          losers: [{ by: { layer: 'serverOverrides' }, value: '[redacted]', reason: 'locked' }],
        },
      },
    });
    expect(
      await asked('compare_configuration_versions', { ...ofBase, fromVersion: 1, toVersion: 2 }, 'viewer'),
    ).toMatchObject({
      same: false,
      differences: [
        { path: 'settings.name', from: '[redacted]', to: '[redacted]' },
        { path: 'variants.m7i.*.subnetId', from: '[redacted]' },
      ],
    });
    expect(await asked('plan_configuration_publish', { ...ofBase, toVersion: 1 }, 'viewer')).toMatchObject({
      planHash: '[redacted]',
      changedServers: 2,
      changes: [{ key: 'name', from: '[redacted]', to: '[redacted]', servers: 2, groups: ['payments'] }],
    });
    const redacted = { value: '[redacted]', message: '[redacted]', allowed: '[redacted]' };
    const problem = { code: 'settings.combination', path: expect.stringContaining('base@3'), ...redacted };
    // Of the configuration, and of the group that inherits from it.
    const problems = [problem, problem];
    expect(await asked('plan_configuration_publish', ofBase, 'viewer')).toMatchObject({ problems });
  });

  it('tells of a key that was taken away that nobody states it', async () => {
    await say(world, 'web', { parents: [ofBase], unset: ['subnetId'] });
    const answer = await asked('resolve_configuration', { configurationId: 'web' }, 'viewer');
    expect(answer).toMatchObject({ provenance: { subnetId: { winner: null, losers: [{ value: '[redacted]' }] } } });
  });

  it('is for each configuration by itself', async () => {
    await say(world, 'web', {});
    const principal = member('viewer', 'base-authors');
    const hashes = async (configurationId: string) => {
      const answer = await world.ask({ operation: 'get_configuration', configurationId }, { principal });
      return (answer as { hash: string }).hash;
    };
    expect(await hashes('base')).toMatch(HASH);
    expect(await hashes('web')).toBe('[redacted]');
  });
});
