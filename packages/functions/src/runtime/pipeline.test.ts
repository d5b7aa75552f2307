import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ACCOUNT, applyRequest, group, serverId, sourceServer, TARGET } from '../../../../tests/support/builders.ts';
import { type LocalAws, startLocalAws } from '../../../../tests/support/local-aws.ts';

let aws: LocalAws;
let pipeline: typeof import('./pipeline.ts');
let targets: typeof import('./targets.ts');

beforeAll(async () => {
  aws = await startLocalAws();
  pipeline = await import('./pipeline.ts');
  targets = await import('./targets.ts');
});
afterAll(() => aws.stop());

describe('pipeline', () => {
  it('reaches the tables that the environment names', async () => {
    vi.stubEnv('PROTECTION_GROUPS_TABLE', await aws.table('groupId'));
    vi.stubEnv('SOURCE_SERVERS_TABLE', await aws.table('serverId'));
    await pipeline.groupStore().save(group());
    await pipeline.serverStore().save(sourceServer());
    expect((await pipeline.groupStore().getMany(['payments'])).size).toBe(1);
    expect((await pipeline.serverStore().getMany([serverId(1)])).size).toBe(1);
  });

  it('reaches the queue and the bus that the environment names', async () => {
    const { url, queue } = aws.queue();
    vi.stubEnv('APPLY_QUEUE_URL', url);
    vi.stubEnv('BUS_NAME', 'prelaunch');
    await pipeline.applyQueue().send([applyRequest()]);
    await pipeline.publisher().publish([]);
    expect(queue.receive(1)).toHaveLength(1);
  });

  it('names what the environment lacks', () => {
    vi.stubEnv('BUS_NAME', undefined);
    expect(() => pipeline.publisher()).toThrow('BUS_NAME');
  });

  it('tells the time', () => {
    expect(Math.abs(pipeline.now().getTime() - Date.now())).toBeLessThan(60_000);
  });
});

describe('targets', () => {
  it('reaches the home account', async () => {
    vi.stubEnv('HOME_ACCOUNT_ID', ACCOUNT);
    vi.stubEnv('TARGET_ACCOUNTS_TABLE', await aws.table('accountId'));
    const [id = ''] = aws.simulator.addSourceServers(TARGET, 1);
    vi.stubEnv('BUDGETS_TABLE', await aws.table('budgetId'));
    const shared = targets.targets();
    const { launchConfigurations, launchTemplates } = targets.launchSettingsPorts(shared);
    const { launchTemplateId } = await launchConfigurations.get(TARGET, id);
    expect(await launchTemplates.getDefault(TARGET, launchTemplateId)).toMatchObject({ launchTemplateId });
    await expect(shared.sessions({ accountId: '999999999999', region: 'eu-west-1' })).rejects.toMatchObject({
      code: 'account.unknown',
    });
  });
});
