import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { memoryTargetInventory } from '@prelaunch/memory/memory-target-inventory';
import { describe, expect, it } from 'vitest';
import { applyRequest, desired, serverId, sourceServer, TARGET } from '../../../../tests/support/builders.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { recordingAws } from '../../../../tests/support/recording.ts';
import type { References } from '../target/target-inventory.ts';
import { applyServer } from './apply-server.ts';
import { AwsCallError } from './ports.ts';

const SERVER = serverId(1);
const COPIED = '10.0.0.9';

interface Stated {
  readonly settings: LaunchSettings;
  /** What DRS did before. */
  readonly copied: boolean;
  readonly machineHas: readonly string[];
}

/** A server with an address in its template. */
async function stage({ settings, copied, machineHas }: Stated) {
  const world = memoryWorld({ servers: 1 });
  world.aws.addServer(SERVER, {
    settings: { copyPrivateIp: copied },
    template: { subnetId: 'subnet-0a1b2c3d', privateIpAddress: COPIED },
  });
  await world.put(sourceServer({ desired: desired(settings) }));
  const asked: References[] = [];
  const twin = memoryTargetInventory({ sourceMachines: new Map([[SERVER, { ipv4Addresses: machineHas }]]) });
  const inventory: typeof twin = {
    lookUp(target, references) {
      asked.push(references);
      return twin.lookUp(target, references);
    },
  };
  return { world, asked, deps: { ...world, inventory }, address: () => world.aws.live(SERVER).privateIpAddress };
}

describe('the address in a launch template', () => {
  it.each<[string, Stated, string | undefined]>([
    [
      'is cleared when copying it was just switched off, whatever the machine has by now',
      { settings: { copyPrivateIp: false }, copied: true, machineHas: [] },
      undefined,
    ],
    [
      'is cleared when the source machine has it, which is where it came from',
      { settings: { copyPrivateIp: false, copyTags: true }, copied: false, machineHas: ['10.0.0.4', COPIED] },
      undefined,
    ],
    [
      'is kept when the source machine has others: it is somebody’s own',
      { settings: { copyPrivateIp: false, copyTags: true }, copied: false, machineHas: ['10.0.0.4'] },
      COPIED,
    ],
    [
      'is kept when nobody says whether to copy it',
      { settings: { copyTags: true }, copied: true, machineHas: [COPIED] },
      COPIED,
    ],
    ['is kept while it is copied', { settings: { copyPrivateIp: true }, copied: true, machineHas: [COPIED] }, COPIED],
    [
      'is the one that is stated, where one is',
      { settings: { copyPrivateIp: false, privateIpAddress: '10.0.0.77' }, copied: true, machineHas: [COPIED] },
      '10.0.0.77',
    ],
    [
      'is none where none is asked for',
      { settings: { copyPrivateIp: false, privateIpAddress: null }, copied: false, machineHas: [] },
      undefined,
    ],
  ])('%s', async (_what, stated, expected) => {
    const { address, deps } = await stage(stated);
    expect(await applyServer(applyRequest(), deps)).toMatchObject({ kind: 'applied' });
    expect(address()).toBe(expected);
  });

  it('makes nobody ask for the machine unless there is one that could be stale', async () => {
    for (const stated of [
      { settings: { copyTags: true }, copied: true, machineHas: [] },
      { settings: { copyPrivateIp: true }, copied: false, machineHas: [] },
      { settings: { copyPrivateIp: false }, copied: true, machineHas: [] },
    ]) {
      const { asked, deps } = await stage(stated);
      await applyServer(applyRequest(), deps);
      expect(asked).toEqual([]);
    }
    const { asked, deps } = await stage({ settings: { copyPrivateIp: false }, copied: false, machineHas: [] });
    await applyServer(applyRequest(), deps);
    expect(asked).toMatchObject([{ serverIds: [SERVER], subnetIds: [] }]);
  });

  it('is cleared by the next attempt when this one stopped after switching copying off', async () => {
    const { world, deps, address } = await stage({
      settings: { copyPrivateIp: false },
      copied: true,
      machineHas: [COPIED],
    });
    const lost = new AwsCallError({
      ...{ kind: 'throttled', operation: 'Call', awsCode: 'RequestLimitExceeded', message: 'no' },
      ...{ answered: true, cause: undefined },
    });
    const aws = recordingAws(world, { before: { getDefault: () => Promise.reject(lost) } });
    await expect(applyServer(applyRequest(), { ...deps, ...aws })).rejects.toBe(lost);
    expect((await world.aws.get(TARGET, SERVER)).settings.copyPrivateIp).toBe(false);
    expect(address()).toBe(COPIED);
    expect(await applyServer(applyRequest(), deps)).toMatchObject({ kind: 'applied' });
    expect(address()).toBeUndefined();
  });
});
