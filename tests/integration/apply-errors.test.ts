import { ServiceError } from '@prelaunch/local/simulator/errors';
import type { Fault } from '@prelaunch/local/simulator/fault-script';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pipeline, SETTINGS, startPipeline } from '../support/pipeline.ts';
import { atOnce, drained, type Site, siteOf, WAIT, wiringWith } from './support/sites.ts';

/** After a request without an answer the lease runs out, so a short one. */
const LEASE_SECONDS = 12;

/** Longer than a first retry waits by itself. */
const RETRY_AFTER_SECONDS = 3;

const DRS_CALLS = ['GetLaunchConfiguration', 'UpdateLaunchConfiguration'] as const;
const EC2_CALLS = [
  'DescribeLaunchTemplateVersions',
  'CreateLaunchTemplateVersion',
  'ModifyLaunchTemplate',
  'DescribeLaunchTemplates',
] as const;

const NO_ANSWER = [
  { answer: 'nothing, and had no effect', fault: { kind: 'hang' } },
  { answer: 'nothing, and had its effect', fault: { kind: 'commit_then_timeout' } },
] as const;

const failedAfterwards = (code: string) =>
  ({
    answer: '500, and had its effect',
    fault: {
      kind: 'interleave',
      when: 'after',
      run: () => {
        throw new ServiceError(500, code, 'An internal error occurred');
      },
    },
  }) as const;

const FROM_DRS = [
  { answer: '429 with Retry-After', fault: { kind: 'throttle', retryAfterSeconds: RETRY_AFTER_SECONDS } },
  { answer: '500 with Retry-After', fault: { kind: 'internal', retryAfterSeconds: RETRY_AFTER_SECONDS } },
  { answer: '409', fault: { kind: 'conflict' } },
  failedAfterwards('InternalServerException'),
  ...NO_ANSWER,
] as const;

const FROM_EC2 = [
  { answer: '503 RequestLimitExceeded', fault: { kind: 'throttle' } },
  { answer: '500', fault: { kind: 'internal' } },
  failedAfterwards('InternalError'),
  ...NO_ANSWER,
] as const;

interface Passing {
  readonly site: string;
  readonly operation: string;
  readonly answer: string;
  readonly fault: Fault;
}

const PASSING: readonly Passing[] = [
  ...DRS_CALLS.flatMap((operation) => FROM_DRS.map((failure) => ({ operation, ...failure }))),
  ...EC2_CALLS.flatMap((operation) => FROM_EC2.map((failure) => ({ operation, ...failure }))),
].map((failure) => ({ site: nameOf(failure.operation, failure.fault.kind), ...failure }));

/** DRS makes a version of its own for an update of its settings; the other one is Prelaunch's. */
const VERSIONS_OF_AN_APPLY = 2;

describe('a call of AWS that fails for a while', () => {
  let pipeline: Pipeline;
  let survived: (failure: Passing) => ReturnType<typeof survive>;
  let asked: (failure: Passing) => ReturnType<typeof waited>;

  beforeAll(async () => {
    pipeline = await startPipeline({ topology: wiringWith({ leaseSeconds: LEASE_SECONDS }) });
    survived = atOnce(PASSING, (failure) => survive(pipeline, failure));
    asked = atOnce(ASKING_TO_WAIT, (failure) => waited(pipeline, failure));
  });
  afterAll(() => pipeline.stop());

  it.each(PASSING)('only delays the server: $operation answers $answer', async (failure) => {
    const { site, status, versions } = await survived(failure);

    expect(status).toMatchObject({ status: 'ready', counts: { total: 2, ready: 2 }, errors: [] });
    expect(site.faultsLeft(failure.operation)).toBe(0);
    expect(failedCalls(site)).toBe(1);
    expect(versions).toBe(VERSIONS_OF_AN_APPLY);
    expect(appliedOf(site)).toEqual(APPLIED);
    const item = await site.item();
    expect(item).toMatchObject({ status: 'ready', dirty: false, errors: [] });
    expect(item).not.toHaveProperty('lastError');
    expect(item?.applied).toMatchObject({ launchTemplateVersion: site.live().defaultVersion });
  });

  const ASKING_TO_WAIT = PASSING.filter(({ answer }) => answer.endsWith('with Retry-After')).map((failure) => ({
    ...failure,
    site: `asking-${failure.site}`,
  }));

  it.each(ASKING_TO_WAIT)('is not called before the time AWS asks for: $operation answers $answer', async (failure) => {
    const { lastError, group, secondCallAt, status } = await asked(failure);

    expect(lastError).toMatchObject({ code: expect.stringMatching(/^aws\.(throttled|unavailable)$/) });
    expect(group).toMatchObject({ status: 'pending', counts: { failed: 0 }, errors: [] });
    expect(secondCallAt - Date.parse(lastError.at)).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1000);
    expect(status.status).toBe('ready');
  });
});

interface Refusal {
  readonly site: string;
  readonly operation: string;
  readonly answer: { readonly status: number; readonly code: string; readonly message: string };
  readonly fieldList?: readonly { readonly name: string; readonly message: string }[];
  readonly launchConfig?: object;
  readonly path?: string;
  readonly value?: unknown;
  readonly remedy: RegExp;
}

const DRS_PART = 'copyTags, launchDisposition, targetInstanceTypeRightSizingMethod';
const TEMPLATE_PART = 'instanceType, securityGroupIds, subnetId, tags';

const REFUSALS: readonly Refusal[] = [
  {
    site: 'invalid-field',
    operation: 'UpdateLaunchConfiguration',
    answer: { status: 400, code: 'ValidationException', message: '1 validation error(s) detected: copyTags' },
    fieldList: [{ name: 'copyTags', message: 'not for this server' }],
    path: 'copyTags',
    value: true,
    remedy: /correct the setting/,
  },
  {
    site: 'invalid-fields',
    operation: 'UpdateLaunchConfiguration',
    answer: { status: 400, code: 'ValidationException', message: '2 validation error(s) detected' },
    fieldList: [
      { name: 'licensing.osByol', message: 'not for this server' },
      { name: 'launchDisposition', message: 'not for this server' },
    ],
    launchConfig: { ...SETTINGS, licensing: { osByol: true } },
    path: 'launchDisposition, licensing',
    remedy: /correct the setting/,
  },
  {
    site: 'quota',
    operation: 'UpdateLaunchConfiguration',
    answer: { status: 402, code: 'ServiceQuotaExceededException', message: 'The quota L-C1D14A2B is used up' },
    path: DRS_PART,
    remedy: /larger quota/,
  },
  {
    site: 'no-read',
    operation: 'GetLaunchConfiguration',
    answer: { status: 403, code: 'AccessDeniedException', message: 'not authorized: drs:GetLaunchConfiguration' },
    remedy: /let the role/,
  },
  {
    site: 'no-update',
    operation: 'UpdateLaunchConfiguration',
    answer: { status: 403, code: 'AccessDeniedException', message: 'not authorized: drs:UpdateLaunchConfiguration' },
    path: DRS_PART,
    remedy: /let the role/,
  },
  {
    site: 'unknown-server',
    operation: 'GetLaunchConfiguration',
    answer: { status: 404, code: 'ResourceNotFoundException', message: 'SourceServer was not found' },
    remedy: /source server exists/,
  },
  {
    site: 'disconnected',
    operation: 'UpdateLaunchConfiguration',
    answer: { status: 404, code: 'ResourceNotFoundException', message: 'SourceServer is not there any more' },
    path: DRS_PART,
    remedy: /source server exists/,
  },
  {
    site: 'invalid-value',
    operation: 'CreateLaunchTemplateVersion',
    answer: { status: 400, code: 'InvalidParameterValue', message: 'Value (gold) for Tag.1.Value is invalid' },
    launchConfig: { tags: { tier: 'gold' } },
    path: 'tags',
    value: { tier: 'gold' },
    remedy: /correct the setting/,
  },
  {
    site: 'invalid-values',
    operation: 'CreateLaunchTemplateVersion',
    answer: { status: 400, code: 'InvalidParameterValue', message: 'The launch template data is not valid' },
    path: TEMPLATE_PART,
    remedy: /correct the setting/,
  },
  {
    site: 'no-describe',
    operation: 'DescribeLaunchTemplateVersions',
    answer: { status: 403, code: 'UnauthorizedOperation', message: 'You are not authorized to describe' },
    remedy: /let the role/,
  },
  {
    site: 'no-create',
    operation: 'CreateLaunchTemplateVersion',
    answer: { status: 403, code: 'UnauthorizedOperation', message: 'You are not authorized to create' },
    path: TEMPLATE_PART,
    remedy: /let the role/,
  },
  {
    site: 'no-modify',
    operation: 'ModifyLaunchTemplate',
    answer: { status: 403, code: 'UnauthorizedOperation', message: 'You are not authorized to modify' },
    remedy: /let the role/,
  },
];

describe('a call of AWS that is refused for good', () => {
  let pipeline: Pipeline;
  let refused: (refusal: Refusal) => ReturnType<typeof refuse>;

  beforeAll(async () => {
    pipeline = await startPipeline({ topology: wiringWith() });
    refused = atOnce(REFUSALS, (refusal) => refuse(pipeline, refusal));
  });
  afterAll(() => pipeline.stop());

  it.each(REFUSALS)(
    "fails only that server, at once and with AWS's words: $operation answers $answer.code",
    async (refusal) => {
      const { operation, answer, path, value, remedy } = refusal;
      const { site, status } = await refused(refusal);

      expect(status).toMatchObject({ status: 'failed', counts: { total: 2, ready: 1, failed: 1 } });
      const [error, ...others] = status.errors;
      expect(others).toEqual([]);
      expect(error).toMatchObject({ code: 'aws.refused', awsCode: answer.code, serverId: site.first });
      expect(error?.message).toContain(answer.message);
      expect(error?.path?.split(', ').sort().join(', ')).toBe(path);
      expect(error?.value).toEqual(value);
      expect(error?.remedy).toMatch(remedy);
      expect(await site.item()).toMatchObject({ status: 'failed' });
      expect(await site.item(site.serverIds[1])).toMatchObject({ status: 'ready', errors: [] });
      await drained(pipeline, 'apply', 'status');
      expect(site.faultsLeft(operation)).toBe(ATTEMPTS_MAX - 1);
      expect(await site.settled()).toEqual(status);
    },
  );
});

/** So often would a call be refused if it were made so often. */
const ATTEMPTS_MAX = 5;

async function refuse(
  pipeline: Pipeline,
  { site: name, operation, answer, fieldList, launchConfig = SETTINGS }: Refusal,
) {
  const site = siteOf(pipeline, name, 2);
  const members = { code: answer.code, ...(fieldList && { reason: 'fieldValidationFailed', fieldList }) };
  site.fault(operation, { kind: 'error', ...answer, members }, ATTEMPTS_MAX);
  await site.publish({ launchConfig });
  return { site, status: await site.settled() };
}

async function survive(pipeline: Pipeline, { site: name, operation, fault }: Passing) {
  const site = siteOf(pipeline, name, 2);
  const { latestVersion } = site.live();
  site.fault(operation, fault);
  await site.publish({ launchConfig: SETTINGS });
  const status = await site.settled();
  return { site, status, versions: site.live().latestVersion - latestVersion };
}

/** Watches a server that AWS asked to wait with: what it says meanwhile, and when the next call is made. */
async function waited(pipeline: Pipeline, { site: name, operation, fault }: Passing) {
  const site = siteOf(pipeline, name, 2);
  let secondCallAt = 0;
  const noteTime = () => {
    secondCallAt = Date.now();
  };
  site.fault(operation, fault);
  site.fault(operation, { kind: 'interleave', when: 'before', run: noteTime });
  await site.publish({ launchConfig: SETTINGS });
  const { lastError, group } = await vi.waitFor(async () => {
    const item = await site.item();
    expect(item?.lastError).toBeDefined();
    const group = await pipeline.group(site.groupId);
    return { lastError: item?.lastError as { code: string; at: string }, group: group?.launchConfigStatus };
  }, WAIT);
  const status = await site.settled();
  return { lastError, group, status, secondCallAt };
}

function failedCalls(site: Site): number {
  return site.calls({ outcome: 'error' }) + site.calls({ outcome: 'throttled' });
}

function appliedOf(site: Site) {
  const { content, launchConfiguration } = site.live();
  const { launchDisposition, targetInstanceTypeRightSizingMethod, copyTags } = launchConfiguration;
  const primary = content.NetworkInterfaces?.find(({ DeviceIndex }) => DeviceIndex === 0);
  return {
    launchDisposition,
    targetInstanceTypeRightSizingMethod,
    copyTags,
    instanceType: content.InstanceType,
    subnetId: primary?.SubnetId,
    securityGroupIds: primary?.Groups?.toSorted(),
  };
}

const { tags: _tags, ...MOST } = SETTINGS;
const APPLIED = { ...MOST, securityGroupIds: SETTINGS.securityGroupIds.toSorted() };

function nameOf(operation: string, kind: string): string {
  return `${operation.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).slice(1)}-${kind.replaceAll('_', '-')}`;
}
