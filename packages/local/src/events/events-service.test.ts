import {
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRuntime, type TestRuntime } from '../testing/start-test-runtime.ts';

let test: TestRuntime;
let events: EventBridgeClient;

beforeAll(async () => {
  test = await startTestRuntime();
  events = new EventBridgeClient(test.client);
});

afterAll(() => test.stop());

const entry = { Source: 'upstream', DetailType: 'x', Detail: '{}', EventBusName: 'prelaunch' };

describe('EventBridge', () => {
  it('accepts and refuses each entry by itself', async () => {
    const { Detail: _detail, ...withoutDetail } = entry;
    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({
        Entries: [
          entry,
          withoutDetail,
          { ...entry, Source: '' },
          { ...entry, DetailType: '' },
          { ...entry, Detail: '{' },
          { ...entry, Detail: '[]' },
          { ...entry, Source: 'aws.drs' },
          { ...entry, EventBusName: 'missing' },
        ],
      }),
    );
    expect(FailedEntryCount).toBe(6);
    expect(Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
      'string',
      'InvalidArgument',
      'InvalidArgument',
      'InvalidArgument',
      'MalformedDetail',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      // EventBridge takes events for buses that do not exist, and drops them.
      'string',
    ]);
  });

  it('refuses too many entries, and too large ones', async () => {
    const many = Array.from({ length: 11 }, () => entry);
    const large = [{ ...entry, Detail: JSON.stringify({ text: 'x'.repeat(1024 * 1024) }) }];
    for (const Entries of [many, large, []]) {
      await expect(events.send(new PutEventsCommand({ Entries }))).rejects.toThrow(
        expect.objectContaining({ name: 'ValidationException' }),
      );
    }
  });

  it('shows the buses, rules and targets of the topology', async () => {
    const { EventBuses = [] } = await events.send(new ListEventBusesCommand({}));
    expect(EventBuses.map(({ Name }) => Name)).toEqual(['prelaunch', 'default']);
    const { Rules = [] } = await events.send(new ListRulesCommand({ EventBusName: 'prelaunch' }));
    expect(Rules).toMatchObject([{ Name: 'prelaunch-local-work', State: 'ENABLED' }]);
    const rule = new DescribeRuleCommand({ Name: 'prelaunch-local-work', EventBusName: 'prelaunch' });
    expect((await events.send(rule)).EventPattern).toBe('{"source":["test"],"detail-type":["Work Asked"]}');
    const { Targets } = await events.send(
      new ListTargetsByRuleCommand({ Rule: 'prelaunch-local-work', EventBusName: 'prelaunch' }),
    );
    expect(Targets).toMatchObject([{ Arn: 'arn:aws:sqs:us-east-1:111111111111:prelaunch-local-work' }]);
    const onDefault = await events.send(new ListRulesCommand({}));
    expect(onDefault.Rules).toMatchObject([
      {
        Name: 'prelaunch-local-tell-failures',
        Arn: 'arn:aws:events:us-east-1:111111111111:rule/prelaunch-local-tell-failures',
        EventBusName: 'default',
      },
    ]);
    const toTopic = await events.send(new ListTargetsByRuleCommand({ Rule: 'prelaunch-local-tell-failures' }));
    expect(toTopic.Targets).toMatchObject([{ Arn: 'arn:aws:sns:us-east-1:111111111111:prelaunch-local-failures' }]);
    await expect(events.send(new DescribeEventBusCommand({ Name: 'missing' }))).rejects.toThrow(
      expect.objectContaining({ name: 'ResourceNotFoundException' }),
    );
  });

  it('tests patterns, and says what is wrong with a malformed one', async () => {
    const Event = JSON.stringify({ source: 'x' });
    const good = new TestEventPatternCommand({ EventPattern: '{"source":[{"prefix":"x"}]}', Event });
    expect((await events.send(good)).Result).toBe(true);
    await expect(events.send(new TestEventPatternCommand({ EventPattern: '{"source":"x"}', Event }))).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidEventPatternException' }),
    );
  });
});
