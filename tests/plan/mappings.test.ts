import { wiring } from '@prelaunch/topology/topology';
import { describe, expect, it } from 'vitest';
import { physical } from './support/physical.ts';
import { planOf, TYPE, variablesOf } from './support/plan.ts';
import { STAGES } from './support/stages.ts';

/** AWS's advice: a batch can then be retried by Lambda while it is throttled, before its messages are visible again. */
const VISIBILITY_TO_TIMEOUT = 6;

describe.each(STAGES)('the event source mappings of stage %s', (stage) => {
  const plan = planOf(stage);
  const { name, queueArn } = physical(stage);
  const queues = plan.inputsBy('name', TYPE.queue);
  const functions = plan.inputsBy('name', TYPE.function);
  const mappings = Object.values(plan.inputsBy('eventSourceArn', TYPE.mapping)).map((mapping) => ({
    ...mapping,
    queueName: String(mapping.eventSourceArn).split(':').at(-1) ?? '',
    functionName: String(mapping.functionName),
  }));

  it('are those of the topology, and keep the messages that failed', () => {
    const expected = Object.values(wiring.mappings).map((mapping) => [
      queueArn(mapping.queue),
      {
        eventSourceArn: queueArn(mapping.queue),
        functionName: name(mapping.function),
        batchSize: mapping.batchSize,
        maximumBatchingWindowInSeconds: mapping.batchingWindowSeconds,
        functionResponseTypes: ['ReportBatchItemFailures'],
        scalingConfig: { maximumConcurrency: mapping.maximumConcurrency },
      },
    ]);
    expect(plan.inputsBy('eventSourceArn', TYPE.mapping)).toEqual(Object.fromEntries(expected));
  });

  it.each(mappings)('hide a message of $queueName for six times as long as $functionName may take', (mapping) => {
    const visibility = Number(queues[mapping.queueName]?.visibilityTimeoutSeconds);
    const timeout = Number(functions[mapping.functionName]?.timeout);
    expect(visibility).toBeGreaterThanOrEqual(VISIBILITY_TO_TIMEOUT * timeout);
  });

  it('give a worker its server for longer than it can run, and for less than its message is hidden', () => {
    const writers = Object.entries(wiring.functions).filter(([, { uses }]) => uses.targetAccounts.includes('write'));
    const workers = mappings.filter(({ functionName }) => writers.some(([id]) => name(id) === functionName));
    expect(workers.map(({ functionName }) => functionName)).toContain(name('apply'));
    for (const { functionName, queueName } of workers) {
      const lease = Number(variablesOf(functions[functionName]).APPLY_LEASE_SECONDS);
      expect(Number(functions[functionName]?.timeout)).toBeLessThan(lease);
      expect(lease).toBeLessThan(Number(queues[queueName]?.visibilityTimeoutSeconds));
    }
  });
});
