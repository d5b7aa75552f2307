import { CreateTagsCommand, DeleteTagsCommand, DescribeInstancesCommand, type Tag } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

const [FIRST, SECOND] = ['i-0aaaaaaaaaaaaaaa1', 'i-0aaaaaaaaaaaaaaa2'];
const COMMON = { state: 'running', platform: 'linux', architecture: 'x86_64' } as const;
const OF_AWS = { 'aws:ec2launchtemplate:version': '3' };

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
  const tags = { ...OF_AWS, tier: 'web', owner: 'ops' };
  for (const instanceId of [FIRST, SECOND])
    served.simulator.addInstance({ accountId: HOME, region: REGION }, { ...COMMON, instanceId, tags });
});
afterEach(() => served.close());

const create = (Resources: string[], Tags: Tag[]) => served.ec2.send(new CreateTagsCommand({ Resources, Tags }));
const remove = (Resources: string[], Tags?: Tag[]) =>
  served.ec2.send(new DeleteTagsCommand({ Resources, ...(Tags && { Tags }) }));
const tagsOf = async (id: string) => {
  const { Reservations } = await served.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Object.fromEntries((Reservations?.[0]?.Instances?.[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
};

describe('tags of instances', () => {
  it('are set, and overwritten, on all that are named', async () => {
    await create([FIRST, SECOND], [{ Key: 'tier', Value: 'db' }, { Key: 'bare' }]);
    const expected = { ...OF_AWS, tier: 'db', owner: 'ops', bare: '' };
    expect([await tagsOf(FIRST), await tagsOf(SECOND)]).toEqual([expected, expected]);
  });

  it('go by key, or by key and value where one is stated, and all at once but those of AWS', async () => {
    await remove([FIRST], [{ Key: 'tier' }, { Key: 'owner', Value: 'others' }]);
    expect(await tagsOf(FIRST)).toEqual({ ...OF_AWS, owner: 'ops' });
    await remove([FIRST], [{ Key: 'owner', Value: '' }]);
    expect(await tagsOf(FIRST)).toEqual({ ...OF_AWS, owner: 'ops' });
    await remove([FIRST, SECOND]);
    expect([await tagsOf(FIRST), await tagsOf(SECOND)]).toEqual([OF_AWS, OF_AWS]);
  });

  it('are 50 at most, beside those of AWS', async () => {
    const tags = Array.from({ length: 48 }, (_, index) => ({ Key: `key-${index}`, Value: '' }));
    await create([FIRST], tags);
    await expect(create([SECOND, FIRST], [{ Key: 'more', Value: '' }])).rejects.toMatchObject({
      name: 'TagLimitExceeded',
    });
    await create([FIRST], [{ Key: 'tier', Value: 'changed' }]);
    expect(await tagsOf(SECOND)).not.toHaveProperty('more');
  });

  it.each([
    ['InvalidParameterValue', [FIRST], { Key: 'aws:name', Value: 'x' }],
    ['InvalidParameterValue', [FIRST], { Key: 'AWS:name', Value: 'x' }],
    ['InvalidParameterValue', [FIRST], { Key: 'k'.repeat(129), Value: 'x' }],
    ['InvalidParameterValue', [FIRST], { Key: 'key', Value: 'v'.repeat(257) }],
    ['InvalidInstanceID.NotFound', [FIRST, 'i-00000000000000000'], { Key: 'key', Value: 'x' }],
    ['InvalidID', ['vol-0aaaaaaaaaaaaaaa1'], { Key: 'key', Value: 'x' }],
  ])('are refused with %s', async (name, resources, tag) => {
    await expect(create(resources, [tag])).rejects.toMatchObject({ name });
    expect(await tagsOf(FIRST)).toEqual({ ...OF_AWS, tier: 'web', owner: 'ops' });
  });
});
