import { rm } from 'node:fs/promises';
import { wiring } from '@prelaunch/topology/topology';
import { describe, expect, it } from 'vitest';
import { bundleHandler } from './support/bundle-handler.ts';
import { planOf, TYPE } from './support/plan.ts';
import { renderPlan } from './support/render-plan.ts';
import { STAGES } from './support/stages.ts';

function count(entries: object): number {
  return Object.keys(entries).length;
}

describe.each(STAGES)('the plan of stage %s', (stage) => {
  it('creates nothing on AWS that the topology does not ask for', () => {
    const created = planOf(stage).resources.filter(({ custom }) => custom);
    const countByType = Object.fromEntries(
      [...new Set(created.map(({ type }) => type))].map((type) => [type, planOf(stage).all(type).length]),
    );
    const receivers = Object.values(wiring.rules).flatMap((rule) => [rule.targetQueue, rule.undeliveredQueue]);
    expect(countByType).toEqual({
      [TYPE.alias]: Object.values(wiring.functions).flatMap(({ aliases = [] }) => aliases).length,
      [TYPE.bus]: 1,
      [TYPE.function]: count(wiring.functions),
      [TYPE.logGroup]: count(wiring.functions),
      [TYPE.mapping]: count(wiring.mappings),
      [TYPE.queue]: count(wiring.queues),
      [TYPE.queuePolicy]: new Set(receivers).size,
      [TYPE.redriveAllowPolicy]: count(wiring.queues),
      [TYPE.role]: count(wiring.functions) + count(wiring.schedules),
      [TYPE.rule]: count(wiring.rules),
      [TYPE.schedule]: count(wiring.schedules),
      [TYPE.table]: count(wiring.tables),
      [TYPE.target]: count(wiring.rules),
      // What SST adds: the code of each function, and one key for linked resources.
      'aws:s3/bucketObjectv2:BucketObjectv2': count(wiring.functions),
      'random:index/randomBytes:RandomBytes': 1,
    });
  });
});

describe('the rendering', () => {
  it('is byte for byte the same when repeated', async () => {
    const again = await renderPlan('test');
    await rm(again.work, { recursive: true });
    expect(again.text).toBe(planOf('test').text);
  });

  it.each([
    ['does not exist', { handler: 'packages/functions/src/absent.handler', properties: {} }, /Handler not found/],
    ['is not exported', { handler: 'packages/functions/src/plan.absent', properties: {} }, /is not exported/],
    [
      'is built in a way it does not know',
      { handler: 'packages/functions/src/plan.handler', properties: { sourcemap: true } },
      /sourcemap/,
    ],
  ])('refuses a handler that %s', async (_, request, reason) => {
    const { errors } = await bundleHandler(planOf('test').work, { functionID: 'Refused', ...request });
    expect(errors.join()).toMatch(reason);
  });
});
