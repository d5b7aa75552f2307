import { describe, expect, it } from 'vitest';
import { environmentOf, queueVariable, tableVariable } from './environment.ts';
import { busName, LOCAL_STAGE, physicalName } from './names.ts';
import { topology, wiring } from './topology.ts';

const resolve = {
  stage: 'dev',
  busName: 'the-bus',
  homeAccountId: '111111111111',
  tableName: (id: string) => `table ${id}`,
  queueUrl: (id: string) => `https://queues/${id}`,
  accessConfiguration: '{"grants":[]}',
  driftPolicy: '{}',
};

describe('environmentOf', () => {
  it('names tables and queues in capitals', () => {
    expect(tableVariable('ProtectionGroups')).toBe('PROTECTION_GROUPS_TABLE');
    expect(queueVariable('apply-dlq')).toBe('APPLY_DLQ_QUEUE_URL');
  });

  it('gives a function what it uses, and nothing else', () => {
    expect(environmentOf(topology.functions.aggregate, '25', resolve)).toEqual({
      PRELAUNCH_STAGE: 'dev',
      BUS_NAME: 'the-bus',
      PROTECTION_GROUPS_TABLE: 'table ProtectionGroups',
      SOURCE_SERVERS_TABLE: 'table SourceServers',
      STATUS_QUEUE_URL: 'https://queues/status',
    });
    expect(environmentOf(topology.functions.apply, '25', resolve)).toMatchObject({
      HOME_ACCOUNT_ID: '111111111111',
      APPLY_LEASE_SECONDS: '25',
      TARGET_ACCOUNTS_TABLE: 'table TargetAccounts',
      BUDGETS_TABLE: 'table Budgets',
    });
    expect(environmentOf(topology.functions.plan, '25', resolve)).toHaveProperty('HOME_ACCOUNT_ID', '111111111111');
  });

  it('tells only functions that decide about access who has which role', () => {
    const told = Object.entries(wiring.functions).filter(
      ([, spec]) => environmentOf(spec, '25', resolve).ACCESS_CONFIGURATION === '{"grants":[]}',
    );
    expect(told.map(([id]) => id)).toEqual(['operations', 'api']);
  });
});

describe('names', () => {
  it('tell stages apart', () => {
    expect(busName(LOCAL_STAGE)).toBe('prelaunch');
    expect(busName('dev')).toBe('prelaunch-dev');
    expect(physicalName('dev', 'plan')).toBe('prelaunch-dev-plan');
  });
});

describe('topology', () => {
  const { applyLeaseSeconds, functions, queues, mappings, rules, schedules, tables, topics } = wiring;

  it('keeps a worker shorter than its lease, and the lease shorter than the time its message is hidden', () => {
    expect(topology.functions.apply.timeoutSeconds).toBeLessThan(applyLeaseSeconds);
    expect(applyLeaseSeconds).toBeLessThan(topology.queues.apply.visibilitySeconds);
  });

  it.each(Object.entries(mappings))(
    'hides messages of %s for six times as long as its function may run',
    (_id, mapping) => {
      const timeout = functions[mapping.function]?.timeoutSeconds ?? Number.POSITIVE_INFINITY;
      expect(queues[mapping.queue]?.visibilitySeconds).toBeGreaterThanOrEqual(6 * timeout);
      expect(mapping.maximumConcurrency).toBeGreaterThanOrEqual(2);
    },
  );

  it('refers only to what it has', () => {
    const queueIds = Object.keys(queues);
    for (const { redrive } of Object.values(queues)) if (redrive) expect(queueIds).toContain(redrive.deadLetterQueue);
    for (const { target, undeliveredQueue } of Object.values(rules)) {
      expect(queueIds).toContain(undeliveredQueue);
      if ('queue' in target) expect(queueIds).toContain(target.queue);
      else expect(Object.keys(topics)).toContain(target.topic);
    }
    for (const schedule of Object.values(schedules)) {
      expect(Object.keys(functions)).toContain(schedule.function);
      expect(queueIds).toContain(schedule.undeliveredQueue);
    }
    for (const { uses } of Object.values(functions)) {
      expect(queueIds).toEqual(expect.arrayContaining([...uses.queues]));
      expect(Object.keys(tables)).toEqual(expect.arrayContaining([...uses.tables]));
    }
  });

  it('gives whoever calls target accounts the accounts and the rates that all share', () => {
    for (const { uses } of Object.values(functions))
      if (uses.targetAccounts.length > 0)
        expect(uses.tables).toEqual(expect.arrayContaining(['TargetAccounts', 'Budgets']));
  });

  it('has a dead-letter queue behind every queue that a function reads, except dead-letter queues', () => {
    for (const { queue } of Object.values(mappings))
      if (!queue.endsWith('-dlq')) expect(queues[queue]?.redrive?.deadLetterQueue).toBe(`${queue}-dlq`);
  });
});
