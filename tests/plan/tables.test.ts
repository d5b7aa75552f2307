import { wiring } from '@prelaunch/topology/topology';
import { describe, expect, it } from 'vitest';
import { physical } from './support/physical.ts';
import { planOf, TYPE } from './support/plan.ts';
import { STAGES } from './support/stages.ts';

describe.each(STAGES)('the tables of stage %s', (stage) => {
  const plan = planOf(stage);
  const { name } = physical(stage);

  it('are those of the topology, on demand and with point-in-time recovery', () => {
    const expected = Object.entries(wiring.tables).map(([id, { partitionKey, sortKey, timeToLive }]) => [
      name(id),
      {
        name: name(id),
        billingMode: 'PAY_PER_REQUEST',
        attributes: [partitionKey, ...(sortKey ? [sortKey] : [])].map((key) => ({ name: key, type: 'S' })),
        hashKey: partitionKey,
        ...(sortKey && { rangeKey: sortKey }),
        ...(timeToLive && { ttl: { attributeName: timeToLive, enabled: true } }),
        globalSecondaryIndexes: [],
        localSecondaryIndexes: [],
        streamEnabled: false,
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: stage === 'production',
      },
    ]);
    expect(plan.inputsBy('name', TYPE.table)).toEqual(Object.fromEntries(expected));
  });

  it('outlive the stack in production only', () => {
    const retained = plan.all(TYPE.table).map((table) => table.retainOnDelete);
    expect(new Set(retained)).toEqual(new Set([stage === 'production']));
  });
});

describe('the app', () => {
  it('can be removed, except for production', () => {
    expect(planOf('test').app).toMatchObject({ removal: 'remove', protect: false });
    expect(planOf('production').app).toMatchObject({ removal: 'retain', protect: true });
  });
});
