import { wiring } from '@prelaunch/topology/topology';
import { describe, expect, it } from 'vitest';
import { physical } from './support/physical.ts';
import { planOf, TYPE } from './support/plan.ts';
import { STAGES } from './support/stages.ts';

const SOURCES = Object.entries(wiring.queues);

describe.each(STAGES)('the queues of stage %s', (stage) => {
  const plan = planOf(stage);
  const { name, queueArn, queueUrl } = physical(stage);

  it('are those of the topology, encrypted, with their dead-letter queues', () => {
    const expected = SOURCES.map(([id, { visibilitySeconds, retentionSeconds, redrive }]) => [
      name(id),
      {
        name: name(id),
        visibilityTimeoutSeconds: visibilitySeconds,
        messageRetentionSeconds: retentionSeconds,
        delaySeconds: 0,
        fifoQueue: false,
        contentBasedDeduplication: false,
        sqsManagedSseEnabled: true,
        ...(redrive && {
          redrivePolicy: {
            deadLetterTargetArn: queueArn(redrive.deadLetterQueue),
            maxReceiveCount: redrive.maxReceiveCount,
          },
        }),
      },
    ]);
    const rendered = Object.entries(plan.inputsBy('name', TYPE.queue)).map(([key, { redrivePolicy, ...inputs }]) => [
      key,
      { ...inputs, ...(typeof redrivePolicy === 'string' && { redrivePolicy: JSON.parse(redrivePolicy) }) },
    ]);
    expect(Object.fromEntries(rendered)).toEqual(Object.fromEntries(expected));
  });

  it('take dead letters from the queues that name them, and from no other', () => {
    const expected = SOURCES.map(([id]) => {
      const sources = SOURCES.filter(([, { redrive }]) => redrive?.deadLetterQueue === id);
      return [
        queueUrl(id),
        sources.length > 0
          ? { redrivePermission: 'byQueue', sourceQueueArns: sources.map(([source]) => queueArn(source)) }
          : { redrivePermission: 'denyAll' },
      ];
    });
    const rendered = Object.entries(plan.inputsBy('queueUrl', TYPE.redriveAllowPolicy)).map(([url, inputs]) => [
      url,
      JSON.parse(String(inputs.redriveAllowPolicy)),
    ]);
    expect(Object.fromEntries(rendered)).toEqual(Object.fromEntries(expected));
  });

  it('lose no message: each that is delivered to or read from has a dead-letter queue, or is one', () => {
    const rendered = plan.inputsBy('name', TYPE.queue);
    const hasRedrive = (arn: unknown) => 'redrivePolicy' in (rendered[String(arn).split(':').at(-1) ?? ''] ?? {});
    const isDeadLetterQueue = (arn: unknown) =>
      Object.values(rendered).some(({ redrivePolicy }) => String(redrivePolicy).includes(`"${arn}"`));
    const inUse = [
      ...plan.all(TYPE.target).flatMap(({ inputs: { arn } }) => (String(arn).includes(':sqs:') ? [arn] : [])),
      ...plan.all(TYPE.mapping).map(({ inputs }) => inputs.eventSourceArn),
    ];
    expect(inUse.filter((arn) => !hasRedrive(arn) && !isDeadLetterQueue(arn))).toEqual([]);
  });
});
