import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { bundleHandler } from './support/bundle-handler.ts';
import { planOf, TYPE } from './support/plan.ts';
import { renderPlan } from './support/render-plan.ts';
import { RENDERED } from './support/stages.ts';

function count(entries: object): number {
  return Object.keys(entries).length;
}

describe.each(RENDERED)('the plan of stage %s', (stage, topology) => {
  it('creates nothing on AWS that the topology does not ask for', () => {
    const created = planOf(stage).resources.filter(({ custom }) => custom);
    const countByType = Object.fromEntries(
      [...new Set(created.map(({ type }) => type))].map((type) => [type, planOf(stage).all(type).length]),
    );
    const rules = Object.values(topology.rules);
    const publishedTo = rules.flatMap(({ target }) => ('topic' in target ? [target.topic] : []));
    const sentTo = rules.flatMap(({ target, undeliveredQueue }) => [
      undeliveredQueue,
      ...('queue' in target ? [target.queue] : []),
    ]);
    const expected = {
      [TYPE.alias]: Object.values(topology.functions).flatMap(({ aliases = [] }) => aliases).length,
      [TYPE.bus]: 1,
      [TYPE.function]: count(topology.functions),
      [TYPE.key]: Math.min(1, count(topology.topics)),
      [TYPE.logGroup]: count(topology.functions),
      [TYPE.mapping]: count(topology.mappings),
      [TYPE.queue]: count(topology.queues),
      [TYPE.queuePolicy]: new Set(sentTo).size,
      [TYPE.redriveAllowPolicy]: count(topology.queues),
      [TYPE.role]: count(topology.functions) + count(topology.schedules),
      [TYPE.rule]: count(topology.rules),
      [TYPE.schedule]: count(topology.schedules),
      [TYPE.table]: count(topology.tables),
      [TYPE.target]: count(topology.rules),
      [TYPE.topic]: count(topology.topics),
      [TYPE.topicPolicy]: new Set(publishedTo).size,
      // What SST adds: the code of each function, and one key for linked resources.
      'aws:s3/bucketObjectv2:BucketObjectv2': count(topology.functions),
      'random:index/randomBytes:RandomBytes': 1,
    };
    expect(countByType).toEqual(Object.fromEntries(Object.entries(expected).filter(([, wanted]) => wanted > 0)));
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
