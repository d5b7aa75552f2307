import {
  AssociateIamInstanceProfileCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  type DescribeIamInstanceProfileAssociationsCommandInput,
  DescribeInstancesCommand,
  DisassociateIamInstanceProfileCommand,
  ReplaceIamInstanceProfileAssociationCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

const where = { accountId: HOME, region: REGION };
const IDS = Array.from({ length: 7 }, (_, index) => `i-0aaaaaaaaaaaaaaa${index}`);
const [FIRST = ''] = IDS;
const BARE = 'i-0bbbbbbbbbbbbbbb1';
const COMMON = { state: 'running', tags: {}, platform: 'linux', architecture: 'x86_64' } as const;
const arnOf = (name: string) => `arn:aws:iam::${HOME}:instance-profile/${name}`;
const shown = (name: string) => ({ Arn: arnOf(name), Id: expect.stringMatching(/^AIPA[0-9A-F]{17}$/) });

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
  for (const name of ['web', 'db']) served.simulator.accounts.addInstanceProfile(HOME, name);
  served.simulator.addInstance(where, { ...COMMON, instanceId: BARE });
  for (const instanceId of IDS)
    served.simulator.addInstance(where, { ...COMMON, instanceId, data: { IamInstanceProfile: { Name: 'web' } } });
});
afterEach(() => served.close());

const associations = (input: DescribeIamInstanceProfileAssociationsCommandInput = {}) =>
  served.ec2.send(new DescribeIamInstanceProfileAssociationsCommand(input));
const associationOf = async (id: string) => {
  const Filters = [{ Name: 'instance-id', Values: [id] }];
  return (await associations({ Filters })).IamInstanceProfileAssociations?.[0];
};
const profileNow = async (id: string) => {
  const { Reservations } = await served.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0]?.IamInstanceProfile;
};
const associate = (InstanceId: string, IamInstanceProfile: object) =>
  served.ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile }));
const replace = (AssociationId: string, IamInstanceProfile: object) =>
  served.ec2.send(new ReplaceIamInstanceProfileAssociationCommand({ AssociationId, IamInstanceProfile }));
const disassociate = (AssociationId: string) =>
  served.ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId }));

describe('associations of instance profiles', () => {
  it('are described for the instances that have one, in pages, by id and by instance', async () => {
    const first = await associations({ MaxResults: 5 });
    const second = await associations({ MaxResults: 5, NextToken: first.NextToken ?? '' });
    const all = [first, second].flatMap(({ IamInstanceProfileAssociations = [] }) => IamInstanceProfileAssociations);
    expect([all.map(({ InstanceId }) => InstanceId), second.NextToken]).toEqual([IDS, undefined]);
    const one = { AssociationId: expect.stringMatching(/^iip-assoc-[0-9a-f]{17}$/), InstanceId: FIRST };
    expect(all[0]).toEqual({ ...one, IamInstanceProfile: shown('web'), State: 'associated' });
    const named = await associations({ AssociationIds: [all[0]?.AssociationId ?? ''] });
    expect(named.IamInstanceProfileAssociations).toEqual([all[0]]);
    expect(await associationOf(FIRST)).toEqual(all[0]);
    await expect(associations({ AssociationIds: ['iip-assoc-00000000000000000'] })).rejects.toMatchObject({
      name: 'InvalidAssociationID.NotFound',
    });
    const filters = associations({ Filters: [{ Name: 'owner', Values: ['x'] }] });
    await expect(filters).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('are made once per instance', async () => {
    const answer = await associate(BARE, { Name: 'web' });
    expect(answer.IamInstanceProfileAssociation).toMatchObject({
      InstanceId: BARE,
      IamInstanceProfile: shown('web'),
      State: 'associating',
    });
    expect([await profileNow(BARE), (await associationOf(BARE))?.State]).toEqual([shown('web'), 'associated']);
    await expect(associate(BARE, { Arn: arnOf('db') })).rejects.toMatchObject({
      name: 'IncorrectState',
      message: `There is an existing association for instance ${BARE}`,
    });
  });

  it('are replaced by others with ids of their own', async () => {
    const before = (await associationOf(FIRST))?.AssociationId ?? '';
    const { IamInstanceProfileAssociation: after } = await replace(before, { Arn: arnOf('db') });
    expect(after).toMatchObject({ InstanceId: FIRST, IamInstanceProfile: shown('db'), State: 'associating' });
    expect(after?.AssociationId).not.toBe(before);
    expect(await profileNow(FIRST)).toEqual(shown('db'));
    expect((await associationOf(FIRST))?.AssociationId).toBe(after?.AssociationId);
    await expect(replace(before, { Name: 'web' })).rejects.toMatchObject({ name: 'NoSuchAssociation' });
  });

  it('end, and leave the instance without a profile', async () => {
    const id = (await associationOf(FIRST))?.AssociationId ?? '';
    const { IamInstanceProfileAssociation: ended } = await disassociate(id);
    expect(ended).toMatchObject({ InstanceId: FIRST, IamInstanceProfile: shown('web'), State: 'disassociating' });
    expect([await profileNow(FIRST), await associationOf(FIRST)]).toEqual([undefined, undefined]);
    await expect(disassociate(id)).rejects.toMatchObject({ name: 'NoSuchAssociation' });
  });

  it.each([
    [
      { Name: 'missing' },
      'InvalidParameterValue',
      /iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name$/,
    ],
    [{ Arn: arnOf('missing') }, 'InvalidParameterValue', /Invalid IAM Instance Profile ARN$/],
    [{ Name: 'web', Arn: arnOf('web') }, 'InvalidParameterCombination', /combination/],
    [{}, 'MissingParameter', /IamInstanceProfile/],
  ])('refuse %j', async (profile, name, message) => {
    const refused = { name, message: expect.stringMatching(message) };
    await expect(associate(BARE, profile)).rejects.toMatchObject(refused);
    const id = (await associationOf(FIRST))?.AssociationId ?? '';
    await expect(replace(id, profile)).rejects.toMatchObject(refused);
    expect([await profileNow(BARE), await profileNow(FIRST)]).toEqual([undefined, shown('web')]);
  });
});
