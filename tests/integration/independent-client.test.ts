import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pipeline, SETTINGS, startPipeline } from '../support/pipeline.ts';

const SCRIPT = fileURLToPath(new URL('independent-client.py', import.meta.url));
const TARGET_ACCOUNT = '222222222222';
const ROLE = { roleArn: `arn:aws:iam::${TARGET_ACCOUNT}:role/Operator`, externalId: 'shared-secret' };
const UNKNOWN_SERVER = 's-00000000000000000';
const UNKNOWN_TEMPLATE = 'lt-00000000000000000';

interface Call {
  readonly service: 'drs' | 'ec2' | 'iam' | 'sts';
  readonly method: string;
  readonly parameters?: object;
  readonly credentials?: object;
  /** How often boto3 may try; once unless stated. */
  readonly attempts?: number;
  /** Lets boto3 follow the tokens to the last page. */
  readonly pages?: boolean;
}

/** What boto3 made of an answer. Outputs are of the members that a test goes on with; expectations say what the rest must be. */
interface Answer<Output> {
  readonly output: Output;
  readonly pages: readonly Output[];
  readonly error: object;
}

type IssuedKeys = { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };

const missing = reasonToSkip();

describe.skipIf(missing !== undefined)(`boto3${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let pipeline: Pipeline;
  let boto: ReturnType<typeof startBoto>;
  let serverIds: string[];

  beforeAll(async () => {
    pipeline = await startPipeline();
    const { simulator, accountId, region } = pipeline.runtime;
    serverIds = simulator.addSourceServers({ accountId, region }, 3);
    boto = startBoto(pipeline.runtime);
  });
  afterAll(async () => {
    boto.stop();
    await pipeline.stop();
  });

  describe('reads and writes DRS', () => {
    const drs = <Output = object>(method: string, parameters: object = {}, more: Partial<Call> = {}) =>
      boto.call<Output>({ service: 'drs', method, parameters, ...more });

    it('pages source servers', async () => {
      type Output = { items: { sourceServerID: string }[] };
      const { pages } = await drs<Output>('describe_source_servers', { maxResults: 2 }, { pages: true });
      const found = pages.map(({ items }) => items.map(({ sourceServerID }) => sourceServerID));
      expect(found).toEqual([serverIds.slice(0, 2), serverIds.slice(2)]);
      expect(pages[0]?.items[0]).toMatchObject({
        lastLaunchResult: 'NOT_STARTED',
        dataReplicationInfo: { dataReplicationState: 'CONTINUOUS' },
        sourceProperties: { os: { fullString: expect.stringMatching(/^Linux/) } },
      });
    });

    it('updates a launch configuration and gets it back', async () => {
      const sourceServerID = serverIds[0];
      const changes = { copyTags: true, targetInstanceTypeRightSizingMethod: 'NONE', licensing: { osByol: true } };
      const updated = await drs('update_launch_configuration', { sourceServerID, ...changes });
      expect(updated.output).toMatchObject({ ...changes, ResponseMetadata: { HTTPStatusCode: 200, RetryAttempts: 0 } });
      const { output } = await drs('get_launch_configuration', { sourceServerID });
      expect(output).toMatchObject({ ...changes, sourceServerID, launchIntoInstanceProperties: {} });
    });

    it('starts a recovery and follows its job', async () => {
      const { simulator } = pipeline.runtime;
      const sourceServers = [{ sourceServerID: serverIds[1] }];
      const { output } = await drs<{ job: { jobID: string } }>('start_recovery', { sourceServers, isDrill: true });
      expect(output).toMatchObject({
        job: { type: 'LAUNCH', initiatedBy: 'START_DRILL', status: 'PENDING' },
        ResponseMetadata: { HTTPStatusCode: 202 },
      });
      simulator.settle();
      const { jobID } = output.job;
      const described = await drs('describe_jobs', { filters: { jobIDs: [jobID] } });
      expect(described.output).toMatchObject({
        items: [{ jobID, participatingServers: [{ sourceServerID: serverIds[1] }] }],
      });
    });

    it('is told by a class of its own what does not exist', async () => {
      const { error } = await drs('get_launch_configuration', { sourceServerID: UNKNOWN_SERVER });
      expect(error).toMatchObject({
        type: 'ResourceNotFoundException',
        Error: { Code: 'ResourceNotFoundException' },
        resourceId: UNKNOWN_SERVER,
        resourceType: 'SourceServer',
        ResponseMetadata: { HTTPStatusCode: 404 },
      });
    });

    it('reads which fields are not valid', async () => {
      const members = { reason: 'fieldValidationFailed', fieldList: [{ name: 'copyTags', message: 'must be false' }] };
      strike('UpdateLaunchConfiguration', {
        kind: 'error',
        status: 400,
        code: 'ValidationException',
        message: 'no',
        members,
      });
      const { error } = await drs('update_launch_configuration', { sourceServerID: serverIds[0], copyTags: true });
      expect(error).toMatchObject({ type: 'ValidationException', Error: { Message: 'no' }, ...members });
    });

    it('reads a throttling with its Retry-After, and gets through when it tries again', async () => {
      const parameters = { sourceServerID: serverIds[0] };
      strike('GetLaunchConfiguration', { kind: 'throttle', retryAfterSeconds: 3 }, 2);
      const { error } = await drs('get_launch_configuration', parameters);
      expect(error).toMatchObject({
        type: 'ThrottlingException',
        ResponseMetadata: { HTTPStatusCode: 429, HTTPHeaders: { 'retry-after': '3' } },
      });
      const { output } = await drs('get_launch_configuration', parameters, { attempts: 3 });
      expect(output).toMatchObject({ sourceServerID: serverIds[0], ResponseMetadata: { RetryAttempts: 1 } });
    });

    it('reads quotas, conflicts and denials', async () => {
      const update = () => drs('update_launch_configuration', { sourceServerID: serverIds[0], copyTags: true });
      const code = 'ServiceQuotaExceededException';
      const members = { quotaCode: 'L-1', serviceCode: 'drs' };
      strike('UpdateLaunchConfiguration', { kind: 'error', status: 402, code, message: 'full', members });
      strike('UpdateLaunchConfiguration', { kind: 'conflict' });
      strike('UpdateLaunchConfiguration', { kind: 'access_denied' });
      // The model of this operation has no quota error, so boto3 knows its code but not its members.
      expect((await update()).error).toMatchObject({
        Error: { Code: code },
        ResponseMetadata: { HTTPStatusCode: 402 },
      });
      expect((await update()).error).toMatchObject({ type: 'ConflictException', resourceType: 'SourceServer' });
      expect((await update()).error).toMatchObject({
        Error: { Code: 'AccessDeniedException' },
        ResponseMetadata: { HTTPStatusCode: 403 },
      });
    });
  });

  describe('reads and writes launch templates', () => {
    const ec2 = <Output = object>(method: string, parameters: object = {}, more: Partial<Call> = {}) =>
      boto.call<Output>({ service: 'ec2', method, parameters, ...more });
    const templateId = () => pipeline.runtime.simulator.launchTemplateOf(serverIds[2] ?? '').launchTemplateId;

    it('makes a version from another, makes it the default, and deletes one', async () => {
      const LaunchTemplateId = templateId();
      const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId: SETTINGS.subnetId, Groups: SETTINGS.securityGroupIds }];
      const LaunchTemplateData = { InstanceType: SETTINGS.instanceType, NetworkInterfaces };
      const created = await ec2<{ LaunchTemplateVersion: object }>('create_launch_template_version', {
        LaunchTemplateId,
        SourceVersion: '3',
        LaunchTemplateData,
        ClientToken: 'boto-1',
      });
      expect(created.output.LaunchTemplateVersion).toMatchObject({
        LaunchTemplateId,
        VersionNumber: 4,
        DefaultVersion: false,
        LaunchTemplateData: { ...LaunchTemplateData, EbsOptimized: true, Monitoring: { Enabled: true } },
      });
      const modified = await ec2('modify_launch_template', { LaunchTemplateId, DefaultVersion: '4' });
      expect(modified.output).toMatchObject({ LaunchTemplate: { DefaultVersionNumber: 4, LatestVersionNumber: 4 } });
      const deleted = await ec2('delete_launch_template_versions', { LaunchTemplateId, Versions: ['1', '4'] });
      expect(deleted.output).toMatchObject({
        SuccessfullyDeletedLaunchTemplateVersions: [{ LaunchTemplateId, VersionNumber: 1 }],
        UnsuccessfullyDeletedLaunchTemplateVersions: [{ VersionNumber: 4, ResponseError: { Code: 'unexpectedError' } }],
      });
      const described = await ec2('describe_launch_template_versions', { LaunchTemplateId, Versions: ['$Default'] });
      expect(described.output).toHaveProperty('LaunchTemplateVersions', [
        { ...created.output.LaunchTemplateVersion, DefaultVersion: true },
      ]);
      const { output } = await ec2('describe_launch_templates', { LaunchTemplateIds: [LaunchTemplateId] });
      expect(output).toMatchObject({ LaunchTemplates: [{ DefaultVersionNumber: 4, LatestVersionNumber: 4 }] });
    });

    it('is told what does not exist', async () => {
      const { error } = await ec2('describe_launch_templates', { LaunchTemplateIds: [templateId(), UNKNOWN_TEMPLATE] });
      expect(error).toMatchObject({
        Error: { Code: 'InvalidLaunchTemplateId.NotFound' },
        ResponseMetadata: { HTTPStatusCode: 400 },
      });
    });

    it('makes a version once although the first answer was lost', async () => {
      const serverId = serverIds[2] ?? '';
      const { simulator } = pipeline.runtime;
      const { launchTemplateId: LaunchTemplateId, latestVersion } = simulator.launchTemplateOf(serverId);
      const operation = 'CreateLaunchTemplateVersion';
      simulator.faults.add({ operation, serverId, times: 1, fault: { kind: 'commit_then_timeout' } });
      const version = { LaunchTemplateId, LaunchTemplateData: { InstanceType: 'm5.large' }, ClientToken: 'boto-2' };
      const { output } = await ec2('create_launch_template_version', version, { attempts: 2 });
      expect(output).toMatchObject({
        LaunchTemplateVersion: { VersionNumber: latestVersion + 1 },
        ResponseMetadata: { RetryAttempts: 1 },
      });
    });

    it('takes RequestLimitExceeded for throttling, and gets through when it tries again', async () => {
      strike('DescribeLaunchTemplates', { kind: 'throttle' }, 2);
      const { error } = await ec2('describe_launch_templates');
      expect(error).toMatchObject({
        Error: { Code: 'RequestLimitExceeded' },
        ResponseMetadata: { HTTPStatusCode: 503 },
      });
      const { output } = await ec2('describe_launch_templates', {}, { attempts: 3 });
      expect(output).toMatchObject({ ResponseMetadata: { RetryAttempts: 1 } });
    });
  });

  describe('looks up what settings refer to', () => {
    const ec2 = <Output = object>(method: string, parameters: object) =>
      boto.call<Output>({ service: 'ec2', method, parameters });

    it('finds subnets and security groups', async () => {
      type Found = { VpcId: string }[];
      const named = { SubnetIds: [SETTINGS.subnetId] };
      const { Subnets } = (await ec2<{ Subnets: Found }>('describe_subnets', named)).output;
      expect(Subnets).toMatchObject([{ SubnetId: SETTINGS.subnetId, CidrBlock: '10.0.0.0/16' }]);
      const filtered = { Filters: [{ Name: 'group-id', Values: SETTINGS.securityGroupIds }] };
      const { SecurityGroups } = (await ec2<{ SecurityGroups: Found }>('describe_security_groups', filtered)).output;
      const vpcId = Subnets[0]?.VpcId;
      expect(SecurityGroups.map(({ VpcId }) => VpcId)).toEqual([vpcId, vpcId]);
    });

    it('pages instance types, and finds one by name', async () => {
      const paged = await boto.call({ service: 'ec2', method: 'describe_instance_types', pages: true });
      expect(paged.pages.length).toBeGreaterThan(10);
      const { output } = await ec2('describe_instance_types', { InstanceTypes: [SETTINGS.instanceType] });
      expect(output).toMatchObject({ InstanceTypes: [{ InstanceType: SETTINGS.instanceType, BareMetal: false }] });
    });

    it('finds an instance to launch into', async () => {
      const { simulator, accountId, region } = pipeline.runtime;
      const instance = {
        state: 'stopped',
        tags: { AWSDRS: 'yes' },
        platform: 'windows',
        architecture: 'x86_64',
      } as const;
      simulator.addInstance({ accountId, region }, { instanceId: 'i-0aaaaaaaaaaaaaaa1', ...instance });
      const { output } = await ec2('describe_instances', { InstanceIds: ['i-0aaaaaaaaaaaaaaa1'] });
      const Instance = {
        State: { Code: 80, Name: 'stopped' },
        Tags: [{ Key: 'AWSDRS', Value: 'yes' }],
        Platform: 'windows',
        PlatformDetails: 'Windows',
        Architecture: 'x86_64',
      };
      expect(output).toMatchObject({ Reservations: [{ Instances: [Instance] }] });
    });

    it.each([
      ['describe_subnets', { SubnetIds: ['subnet-00000000000000000'] }, 'InvalidSubnetID.NotFound'],
      ['describe_security_groups', { GroupIds: ['sg-00000000000000000'] }, 'InvalidGroup.NotFound'],
      ['describe_instance_types', { InstanceTypes: ['m5.huge'] }, 'InvalidInstanceType'],
      ['describe_instances', { InstanceIds: ['i-00000000000000000'] }, 'InvalidInstanceID.NotFound'],
    ])('is told by %s what does not exist', async (method, parameters, Code) => {
      expect((await ec2(method, parameters)).error).toMatchObject({
        Error: { Code },
        ResponseMetadata: { HTTPStatusCode: 400 },
      });
    });

    it('finds an instance profile, and is told by a class of its own when there is none', async () => {
      const { simulator, accountId } = pipeline.runtime;
      simulator.accounts.addInstanceProfile(accountId, 'recovery/web');
      const get = (InstanceProfileName: string, attempts = 1) =>
        boto.call({ service: 'iam', method: 'get_instance_profile', parameters: { InstanceProfileName }, attempts });
      expect((await get('web')).output).toMatchObject({
        InstanceProfile: {
          Path: '/recovery/',
          Arn: `arn:aws:iam::${accountId}:instance-profile/recovery/web`,
          Roles: [{ RoleName: 'web' }],
        },
      });
      expect((await get('none')).error).toMatchObject({
        type: 'NoSuchEntityException',
        ResponseMetadata: { HTTPStatusCode: 404 },
      });
      strike('GetInstanceProfile', { kind: 'throttle' });
      expect((await get('web', 2)).output).toMatchObject({ ResponseMetadata: { RetryAttempts: 1 } });
    });
  });

  describe('acts in another account', () => {
    it('by the credentials of a role that it may assume', async () => {
      const { simulator, region } = pipeline.runtime;
      simulator.accounts.addRole(ROLE);
      const [serverId] = simulator.addSourceServers({ accountId: TARGET_ACCOUNT, region }, 1);
      const named = { RoleArn: ROLE.roleArn, RoleSessionName: 'audit', SourceIdentity: 'prelaunch' };
      const assume = (ExternalId: string) =>
        boto.call<{ Credentials: IssuedKeys }>({
          service: 'sts',
          method: 'assume_role',
          parameters: { ...named, ExternalId },
        });
      expect((await assume('guess')).error).toMatchObject({
        Error: { Code: 'AccessDenied' },
        ResponseMetadata: { HTTPStatusCode: 403 },
      });
      const { output } = await assume(ROLE.externalId);
      expect(output).toHaveProperty('SourceIdentity', 'prelaunch');
      const { AccessKeyId, SecretAccessKey, SessionToken } = output.Credentials;
      const credentials = {
        aws_access_key_id: AccessKeyId,
        aws_secret_access_key: SecretAccessKey,
        aws_session_token: SessionToken,
      };
      const identity = await boto.call({ service: 'sts', method: 'get_caller_identity', credentials });
      expect(identity.output).toMatchObject({
        Account: TARGET_ACCOUNT,
        Arn: `arn:aws:sts::${TARGET_ACCOUNT}:assumed-role/Operator/audit`,
      });
      const servers = await boto.call({ service: 'drs', method: 'describe_source_servers', credentials });
      expect(servers.output).toMatchObject({ items: [{ sourceServerID: serverId }] });
      expect(simulator.calls.count({ accessKeyId: AccessKeyId })).toBe(2);
    });
  });

  type Faults = Pipeline['runtime']['simulator']['faults'];
  function strike(operation: string, fault: Parameters<Faults['add']>[0]['fault'], times = 1): void {
    pipeline.runtime.simulator.faults.add({ operation, times, fault });
  }
});

function reasonToSkip(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import boto3'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'python3 with boto3 is not installed here';
  }
}

/** A process that calls by boto3; one call at a time. */
function startBoto({ endpoint, region, credentials }: Pipeline['runtime']) {
  const python: ChildProcess = spawn('python3', [SCRIPT, endpoint], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: python.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const home = { aws_access_key_id: credentials.accessKeyId, aws_secret_access_key: credentials.secretAccessKey };
  return {
    async call<Output>(call: Call): Promise<Answer<Output>> {
      const request = { region, credentials: home, parameters: {}, attempts: 1, pages: false, ...call };
      python.stdin?.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('the Python process ended');
      return JSON.parse(value) as Answer<Output>;
    },
    stop: () => python.kill(),
  };
}
