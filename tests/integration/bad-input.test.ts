import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { brief, type Pipeline, SETTINGS, startPipelineWithServers } from '../support/pipeline.ts';

const WAIT = { timeout: 60_000, interval: 50 };

describe('bad input', () => {
  let pipeline: Pipeline;
  let take: (count: number) => string[];

  beforeAll(async () => {
    ({ pipeline, take } = await startPipelineWithServers(60));
  });
  afterAll(() => pipeline.stop());

  it('fails only the server whose own settings are wrong, naming field, value and what is allowed', async () => {
    const [good = '', unknownField = '', wrongType = '', combination = ''] = take(4);
    await pipeline.publish({
      groupId: 'pg-settings',
      revision: 1,
      serverIds: [good, unknownField, wrongType, combination],
      launchConfig: SETTINGS,
      serverOverrides: {
        [unknownField]: { launchDispositon: 'STOPPED', userData: 'c2VjcmV0' },
        [wrongType]: { copyTags: 'yes' },
        [combination]: { targetInstanceTypeRightSizingMethod: 'BASIC' },
      },
    });

    const { launchConfigStatus: status } = await pipeline.settled('pg-settings', 1);

    expect(status).toMatchObject({ status: 'failed', counts: { total: 4, ready: 1, failed: 3 } });
    const of = (serverId: string) => status.errors.filter((error) => error.serverId === serverId);
    expect(of(unknownField)).toEqual([
      expect.objectContaining({
        code: 'settings.unknown_field',
        path: `serverOverrides.${unknownField}.launchDispositon`,
        value: 'STOPPED',
        allowed: expect.stringContaining('launchDisposition'),
      }),
      expect.objectContaining({ path: `serverOverrides.${unknownField}.userData`, value: '[redacted]' }),
    ]);
    expect(of(wrongType)).toEqual([
      expect.objectContaining({
        code: 'settings.invalid',
        path: `serverOverrides.${wrongType}.copyTags`,
        value: 'yes',
        allowed: 'true or false',
      }),
    ]);
    expect(of(combination)).toEqual([
      expect.objectContaining({
        code: 'settings.combination',
        value: 'BASIC',
        allowed: expect.stringContaining('NONE'),
      }),
    ]);
  });

  it('fails every server when the settings of the group are wrong, and writes nothing to AWS', async () => {
    const calls = pipeline.runtime.simulator.calls.snapshot();
    await pipeline.publish({ groupId: 'pg-wrong', revision: 1, serverIds: take(2), launchConfig: 'fast please' });

    const { launchConfigStatus: status } = await pipeline.settled('pg-wrong', 1);

    expect(status).toMatchObject({ status: 'failed', counts: { failed: 2 } });
    expect(status.errors[0]).toMatchObject({ code: 'settings.invalid', path: 'launchConfig', value: 'fast please' });
    expect(pipeline.runtime.simulator.calls.since(calls).writes()).toBe(0);
  });

  it('goes on with the group where entries are no server ids or overrides are of strangers', async () => {
    const [good = '', stranger = ''] = take(2);
    await pipeline.publish({
      groupId: 'pg-ids',
      revision: 1,
      serverIds: [good, 'web-01', 42, good],
      launchConfig: SETTINGS,
      serverOverrides: { [stranger]: { copyTags: false } },
    });

    const { launchConfigStatus: status } = await pipeline.settled('pg-ids', 1);

    expect(status).toMatchObject({ status: 'failed', counts: { total: 3, ready: 1, failed: 2 } });
    expect(brief(status.errors)).toEqual([
      { code: 'group.invalid_server_id', path: 'serverIds.1' },
      { code: 'group.invalid_server_id', path: 'serverIds.2' },
      { code: 'group.override_of_stranger', path: `serverOverrides.${stranger}` },
    ]);
    expect(status.errors.map(({ value }) => value)).toEqual(expect.arrayContaining(['web-01', 42]));
  });

  it('leaves a server with the group that has it, and gives it to the other once it is released', async () => {
    const [shared = '', own = ''] = take(2);
    const holder = { groupId: 'pg-holder', revision: 1, serverIds: [shared], launchConfig: SETTINGS };
    await pipeline.publish(holder);
    await pipeline.settled('pg-holder', 1);

    await pipeline.publish({ groupId: 'pg-wants', revision: 1, serverIds: [shared, own], launchConfig: SETTINGS });
    const refused = await pipeline.settled('pg-wants', 1);
    await pipeline.publish({ ...holder, revision: 2, changeType: 'deleted' });
    await pipeline.settled('pg-holder', 2);
    await pipeline.runtime.fireSchedule('reconcile');

    expect(refused.launchConfigStatus).toMatchObject({ status: 'failed', counts: { ready: 1, failed: 1 } });
    expect(brief(refused.launchConfigStatus.errors)).toEqual([
      { code: 'server.held_by_another_group', path: 'serverIds', serverId: shared },
    ]);
    await vi.waitFor(async () => {
      expect((await pipeline.group('pg-wants'))?.launchConfigStatus).toMatchObject({
        status: 'ready',
        counts: { ready: 2 },
      });
    }, WAIT);
  });

  it('keeps a malformed event in the dead-letter queue, and its reason on the group', async () => {
    const [server = ''] = take(1);
    const change = { groupId: 'pg-malformed', revision: 1, serverIds: [server], launchConfig: SETTINGS };
    await pipeline.publish(change);
    await pipeline.settled('pg-malformed', 1);
    const detail = pipeline.detailOf({ ...change, revision: 2 });
    const { data, ...others } = detail;
    const group = { ...data.group, accountId: 42, colour: 'blue' };

    await pipeline.publishDetail({ ...others, data: { ...data, group } });
    await pipeline.publishDetail({ ...pipeline.detailOf({ ...change, groupId: 'pg-unheard-of' }), version: '2' });

    const url = await pipeline.queueUrl('plan-dlq');
    const kept: string[] = [];
    await vi.waitFor(async () => {
      const input = { QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
      const { Messages = [] } = await pipeline.sqs.send(new ReceiveMessageCommand(input));
      kept.push(...Messages.map(({ Body = '' }) => Body));
      expect(kept.map((body) => JSON.parse(body).detail.data.group.groupId).sort()).toEqual([
        'pg-malformed',
        'pg-unheard-of',
      ]);
    }, WAIT);
    const known = await pipeline.invoke({ operation: 'get_launch_config_status', groupId: 'pg-malformed' });
    expect(known).toMatchObject({ status: 'ready', errors: [{ code: 'event.refused' }] });
    expect(JSON.stringify(known.errors)).toContain('group.colour is not a known field');
    expect(JSON.stringify(known.errors)).toContain('accountId must be an AWS account id');
    const unknown = await pipeline.group('pg-unheard-of');
    expect(unknown?.launchConfigStatus).toMatchObject({
      status: 'failed',
      errors: [{ code: 'event.refused', path: 'detail.version', value: '2' }],
    });
  });

  it('takes the rest of a batch when one of its events is malformed', async () => {
    const [server = ''] = take(1);
    const kept = await pipeline.depth('plan-dlq');

    await pipeline.send('plan', 'not even JSON');
    await pipeline.publish({ groupId: 'pg-beside', revision: 1, serverIds: [server], launchConfig: SETTINGS });

    expect((await pipeline.settled('pg-beside', 1)).launchConfigStatus.status).toBe('ready');
    await vi.waitFor(async () => expect(await pipeline.depth('plan-dlq')).toBe(kept + 1), WAIT);
  });

  it('refuses a group that is too large to be kept, and goes on with what was stored', async () => {
    const [server = ''] = take(1);
    const change = { groupId: 'pg-large', revision: 1, serverIds: [server], launchConfig: SETTINGS };
    await pipeline.publish(change);
    await pipeline.settled('pg-large', 1);

    await pipeline.publish({ ...change, revision: 2, launchConfig: { tags: { note: 'x'.repeat(250_000) } } });

    await vi.waitFor(async () => {
      const status = await pipeline.invoke({ operation: 'get_launch_config_status', groupId: 'pg-large' });
      expect(status).toMatchObject({ status: 'ready', counts: { ready: 1 } });
      expect(JSON.stringify(status.errors)).toContain('at most 200000 bytes');
    }, WAIT);
    expect((await pipeline.server(server))?.groupId).toBe('pg-large');
  });

  it('records settings with numbers that no table can hold', async () => {
    const metadataOptions = { httpPutResponseHopLimit: 1e20 };
    await pipeline.publish({
      groupId: 'pg-number',
      revision: 1,
      serverIds: [...take(1), 1e20],
      launchConfig: { metadataOptions },
    });

    const { launchConfigStatus: status } = await pipeline.settled('pg-number', 1);

    expect(status.errors.map(({ path }) => path).sort()).toEqual([
      'launchConfig.metadataOptions.httpPutResponseHopLimit',
      'serverIds.1',
    ]);
  });

  it('keeps an apply message that nobody can read in the dead-letter queue', async () => {
    await pipeline.send('apply', { version: '1', serverId: 'nobody' });

    await vi.waitFor(async () => {
      expect(await pipeline.depth('apply-dlq')).toBe(1);
      expect(await pipeline.depth('apply')).toBe(0);
    }, WAIT);
  });

  it('records a server as failed, with what last went wrong, when somebody undoes it until the queue gives up', async () => {
    const [server = ''] = take(1);
    const { simulator } = pipeline.runtime;
    const run = () => simulator.editElsewhere(server, { launchConfiguration: { launchDisposition: 'STARTED' } });
    simulator.faults.add({
      operation: 'UpdateLaunchConfiguration',
      serverId: server,
      times: 1000,
      fault: { kind: 'interleave', when: 'after', run },
    });
    await pipeline.publish({ groupId: 'pg-given-up', revision: 1, serverIds: [server], launchConfig: SETTINGS });
    await vi.waitFor(async () => {
      expect((await pipeline.server(server))?.lastError).toMatchObject({ code: 'apply.read_back_mismatch' });
    }, WAIT);

    // What the redrive policy does after the last delivery, without the minutes of back-off before it.
    await pipeline.send('apply-dlq', { version: '1', correlationId: 'c-1', groupId: 'pg-given-up', serverId: server });

    const { launchConfigStatus: status } = await pipeline.settled('pg-given-up', 1);
    expect(status).toMatchObject({
      status: 'failed',
      errors: [
        {
          code: 'apply.exhausted',
          message: expect.stringContaining('launchDisposition'),
          remedy: expect.stringContaining('who else writes'),
          serverId: server,
        },
      ],
    });
  });

  it('answers a wrong invocation with the field, the value and what is allowed', async () => {
    const unknown = await pipeline.invoke({ operation: 'reboot' });
    const typo = await pipeline.invoke({ operation: 'apply_launch_configs', groupId: 'pg-settings', forced: true });
    const wrong = await pipeline.invoke({
      operation: 'start_wave_recovery',
      executionId: 'e',
      waveNumber: -1,
      groupIds: ['pg-settings'],
    });
    const absent = await pipeline.invoke({ operation: 'get_launch_config_status', groupId: 'pg-nowhere' });

    expect(unknown).toMatchObject({
      error: {
        code: 'request.invalid',
        details: [{ path: 'operation', value: 'reboot', allowed: expect.stringContaining('start_wave_recovery') }],
      },
    });
    expect(typo).toMatchObject({
      error: { details: [{ path: 'forced', value: true, allowed: expect.stringContaining('force') }] },
    });
    expect(wrong).toMatchObject({
      error: { details: [{ path: 'waveNumber', value: -1, allowed: 'a whole number from 0 to 9999' }] },
    });
    expect(absent).toMatchObject({ error: { code: 'group.not_found', retryable: false } });
  });
});
