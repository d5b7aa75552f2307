import { AUDITED_CALLS, CloudTrailCall } from '@prelaunch/contracts/aws-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, REGION, serverId } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { topology } from '../../../topology/src/topology.ts';
import { understandCall } from './understand-call.ts';

const FOREIGN_ACCOUNT = '222222222222';
const OWN = { homeAccountId: ACCOUNT, sourceIdentity: 'prelaunch@dev', sessionPrefix: 'prelaunch-dev-' };
const ALICE = `arn:aws:sts::${FOREIGN_ACCOUNT}:assumed-role/Admin/alice`;
const INSTANCE = 'i-0a1b2c3d4e5f60718';
const OTHER = 'i-0b1b2c3d4e5f60718';
const INTERFACE = 'eni-0a1b2c3d4e5f60718';
const TEMPLATE = 'lt-0a1b2c3d4e5f60718';

type Detail = CloudTrailCall['detail'];

/** A call of Alice in a target account. */
function call(eventName: string, stated: Partial<Detail> = {}): CloudTrailCall {
  return {
    account: FOREIGN_ACCOUNT,
    region: REGION,
    source: eventName === 'UpdateLaunchConfiguration' ? 'aws.drs' : 'aws.ec2',
    'detail-type': 'AWS API Call via CloudTrail',
    detail: {
      eventName,
      eventSource: 'ec2.amazonaws.com',
      eventTime: AT,
      awsRegion: REGION,
      userIdentity: { type: 'AssumedRole', arn: ALICE },
      ...stated,
    },
  };
}

/** The same fields with all names as the other writer has them: `instanceId` or `InstanceId`. */
function recased(value: unknown, to: 'toUpperCase' | 'toLowerCase'): unknown {
  if (Array.isArray(value)) return value.map((item) => recased(item, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name === 'items' ? name : name.charAt(0)[to]() + name.slice(1),
      recased(inner, to),
    ]),
  );
}

type Fields = Record<string, unknown>;
const nothing: Fields = {};
const items = (name: string, ...ids: string[]) => ({ items: ids.map((id) => ({ [name]: id })) });
const association = { iamInstanceProfileAssociation: { associationId: 'iip-assoc-0a1b2c3d', instanceId: INSTANCE } };

/** What the trail tells of each audited call, and whom it concerns. */
const SHAPES: [string, Fields, Fields, string[]][] = [
  ['UpdateLaunchConfiguration', { sourceServerID: serverId(1), copyTags: true }, nothing, [serverId(1)]],
  [
    'CreateLaunchTemplateVersion',
    { launchTemplateId: TEMPLATE, launchTemplateData: { instanceType: 't3.nano' } },
    { launchTemplateVersion: { launchTemplateId: TEMPLATE, versionNumber: 7 } },
    [TEMPLATE],
  ],
  [
    'CreateLaunchTemplateVersion',
    { launchTemplateName: 'payments' },
    { launchTemplateVersion: { launchTemplateId: TEMPLATE, versionNumber: 7 } },
    [TEMPLATE],
  ],
  [
    'ModifyLaunchTemplate',
    { launchTemplateId: TEMPLATE, setDefaultVersion: '7' },
    { launchTemplate: { launchTemplateId: TEMPLATE, defaultVersionNumber: 7 } },
    [TEMPLATE],
  ],
  [
    'DeleteLaunchTemplate',
    { launchTemplateId: TEMPLATE },
    { launchTemplate: { launchTemplateId: TEMPLATE } },
    [TEMPLATE],
  ],
  ['DeleteLaunchTemplate', { launchTemplateName: 'x' }, { launchTemplate: { launchTemplateId: TEMPLATE } }, [TEMPLATE]],
  ['DeleteLaunchTemplateVersions', { launchTemplateId: TEMPLATE, launchTemplateVersion: ['2'] }, nothing, [TEMPLATE]],
  ['ModifyInstanceAttribute', { instanceId: INSTANCE, groupSet: items('groupId', 'sg-0a1b2c3d') }, nothing, [INSTANCE]],
  ['ModifyNetworkInterfaceAttribute', { networkInterfaceId: INTERFACE }, nothing, [INTERFACE]],
  ['ModifyInstanceMetadataOptions', { instanceId: INSTANCE, httpTokens: 'optional' }, nothing, [INSTANCE]],
  ['AssociateIamInstanceProfile', { instanceId: INSTANCE }, association, [INSTANCE]],
  ['ReplaceIamInstanceProfileAssociation', { associationId: 'iip-assoc-0a1b2c3d' }, association, [INSTANCE]],
  ['DisassociateIamInstanceProfile', { associationId: 'iip-assoc-0a1b2c3d' }, association, [INSTANCE]],
  ['CreateTags', { resourcesSet: items('resourceId', INSTANCE, OTHER, 'vol-0a1b2c3d') }, nothing, [INSTANCE, OTHER]],
  ['CreateTags', { resourceId: [INSTANCE, INSTANCE] }, nothing, [INSTANCE]],
  ['DeleteTags', { resourcesSet: items('resourceId', INSTANCE, INTERFACE) }, nothing, [INSTANCE, INTERFACE]],
  ['MonitorInstances', { instancesSet: items('instanceId', INSTANCE, OTHER) }, nothing, [INSTANCE, OTHER]],
  ['UnmonitorInstances', { instanceId: [INSTANCE, OTHER] }, nothing, [INSTANCE, OTHER]],
  ['StopInstances', { instancesSet: items('instanceId', INSTANCE) }, nothing, [INSTANCE]],
  ['StartInstances', { instancesSet: items('instanceId', INSTANCE) }, nothing, [INSTANCE]],
  ['TerminateInstances', { instancesSet: items('instanceId', OTHER, INSTANCE) }, nothing, [OTHER, INSTANCE]],
];

describe('AUDITED_CALLS', () => {
  const known = Object.values(AUDITED_CALLS).flat();

  it('are those that the rule sends to be audited', () => {
    const { pattern } = topology.rules['settings-edited'];
    expect([...known].sort()).toEqual([...pattern.detail.eventName].sort());
  });

  it('are all understood here', () => {
    expect([...new Set(SHAPES.map(([name]) => name))].sort()).toEqual([...known].sort());
  });
});

describe('understandCall', () => {
  describe.each(SHAPES)('%s with %j', (eventName, requestParameters, responseElements, resourceIds) => {
    const edit = { kind: 'edit', resourceIds, actor: ALICE, at: Date.parse(AT) };
    const understood = (request: unknown, response: unknown) =>
      understandCall(
        call(eventName, { requestParameters: request as Fields, responseElements: response as Fields }),
        OWN,
      );

    it.each(['toUpperCase', 'toLowerCase'] as const)('names whom it concerns, with names %s', (to) => {
      const [request, response] = [recased(requestParameters, to), recased(responseElements, to)];
      expect(understood(request, response)).toMatchObject(edit);
    });

    it.each(['toUpperCase', 'toLowerCase'] as const)(
      'names them wrapped in the name of the call, with names %s',
      (to) => {
        const request = { [`${eventName}Request`]: recased(requestParameters, to) };
        const response = { [`${eventName}Response`]: { ...(recased(responseElements, to) as Fields), requestId: 'r' } };
        expect(understood(request, response)).toMatchObject(edit);
      },
    );

    it('is nobody’s concern without what it was about', () => {
      expect(understood(null, null)).toEqual({ kind: 'foreign' });
      expect(understood(undefined, undefined)).toEqual({ kind: 'foreign' });
      expect(understood({}, {})).toEqual({ kind: 'foreign' });
    });

    it.each(['Client.UnauthorizedOperation', 'AccessDenied', 'Client.DryRunOperation', ''])(
      'changed nothing where AWS refused it with %j',
      (errorCode) => {
        const refused = call(eventName, { errorCode, requestParameters, responseElements: null });
        expect(understandCall(refused, OWN)).toEqual({ kind: 'refused_call' });
      },
    );
  });

  describe('of who called', () => {
    const by = (userIdentity: Detail['userIdentity']) =>
      understandCall(call('StopInstances', { userIdentity, requestParameters: { instanceId: [INSTANCE] } }), OWN);
    const session = (account: string, name: string) => ({ arn: `arn:aws:sts::${account}:assumed-role/worker/${name}` });

    it.each([
      [
        'a session of Prelaunch in a target account',
        { arn: ALICE, sessionContext: { sourceIdentity: 'prelaunch@dev' } },
      ],
      ['a function of Prelaunch at home', session(ACCOUNT, 'prelaunch-dev-apply')],
      [
        'DRS, on behalf of Prelaunch',
        { arn: ALICE, invokedBy: 'drs.amazonaws.com', sessionContext: { sourceIdentity: 'prelaunch@dev' } },
      ],
    ])('knows %s for its own', (_who, identity) => {
      expect(by(identity)).toEqual({ kind: 'own_write' });
    });

    it.each([
      ['the same session name in another account', session(FOREIGN_ACCOUNT, 'prelaunch-dev-apply')],
      ['another stage at home', session(ACCOUNT, 'prelaunch-prod-apply')],
      ['another stage that is called alike', session(ACCOUNT, 'prelaunch-development')],
      ['a session at home that names it elsewhere', session(ACCOUNT, 'not-prelaunch-dev-apply')],
      ['a role at home that is called so', { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/prelaunch-dev-apply/alice` }],
      ['a user at home who is called so', { arn: `arn:aws:iam::${ACCOUNT}:user/x/prelaunch-dev-apply` }],
      ['the source identity of another stage', { arn: ALICE, sessionContext: { sourceIdentity: 'prelaunch@prod' } }],
      ['a source identity that is left empty', { arn: ALICE, sessionContext: {} }],
    ])('does not know %s for its own', (_who, identity) => {
      expect(by(identity)).toMatchObject({ kind: 'edit', actor: identity.arn });
    });

    it.each([
      [{ type: 'AssumedRole', arn: ALICE }, ALICE],
      [{ type: 'AWSService', invokedBy: 'drs.amazonaws.com' }, 'drs.amazonaws.com'],
      [
        {
          type: 'AssumedRole',
          arn: `arn:aws:sts::${FOREIGN_ACCOUNT}:assumed-role/AWSServiceRoleForElasticDisasterRecovery/drs`,
          invokedBy: 'drs.amazonaws.com',
        },
        'drs.amazonaws.com',
      ],
      [{ type: 'Root' }, 'Root'],
      [{}, 'unknown'],
      [null, 'unknown'],
      [undefined, 'unknown'],
    ])('calls %j %s', (identity, actor) => {
      expect(by(identity)).toMatchObject({ kind: 'edit', actor });
    });
  });

  describe('of template versions', () => {
    const modified = (launchTemplate: unknown, request: Fields = { LaunchTemplateId: TEMPLATE }) =>
      understandCall(
        call('ModifyLaunchTemplate', { requestParameters: request, responseElements: { launchTemplate } }),
        OWN,
      );

    it.each([7, '7'])('tells which one became the default, written %j', (defaultVersionNumber) => {
      const templateVersion = { launchTemplateId: TEMPLATE, versionNumber: 7 };
      expect(modified({ launchTemplateId: TEMPLATE, defaultVersionNumber })).toMatchObject({ templateVersion });
      expect(modified({ defaultVersionNumber })).toMatchObject({ templateVersion });
    });

    const noVersion: unknown[] = [
      undefined,
      null,
      '',
      'latest',
      '-1',
      '1e3',
      0,
      -1,
      1.5,
      true,
      [7],
      {},
      { toString: 1 },
    ];
    it.each(noVersion.map((value) => [value] as const))('takes %j for no version', (defaultVersionNumber) => {
      const edit = modified({ launchTemplateId: TEMPLATE, defaultVersionNumber });
      expect(edit).toMatchObject({ kind: 'edit', resourceIds: [TEMPLATE] });
      expect(edit).not.toHaveProperty('templateVersion');
    });

    it('has the id from the answer where the template was named by its name', () => {
      const launchTemplate = { launchTemplateId: TEMPLATE, defaultVersionNumber: 7 };
      expect(modified(launchTemplate, { LaunchTemplateName: 'payments' })).toMatchObject({
        templateVersion: { launchTemplateId: TEMPLATE, versionNumber: 7 },
      });
      expect(modified({ defaultVersionNumber: 7 }, { LaunchTemplateName: 'payments' }).kind).toBe('foreign');
    });

    it('tells none of a template that is gone', () => {
      const launchTemplate = { launchTemplateId: TEMPLATE, defaultVersionNumber: 7 };
      const deleted = call('DeleteLaunchTemplate', { responseElements: { launchTemplate } });
      expect(understandCall(deleted, OWN)).not.toHaveProperty('templateVersion');
    });

    it('tells none that was only made, which is not the default', () => {
      const made = { launchTemplateVersion: { launchTemplateId: TEMPLATE, versionNumber: 8, defaultVersionNumber: 8 } };
      const request = { launchTemplateId: TEMPLATE };
      const created = call('CreateLaunchTemplateVersion', { requestParameters: request, responseElements: made });
      expect(understandCall(created, OWN)).not.toHaveProperty('templateVersion');
    });
  });

  it.each([[], null, 'wrapped', 7].map((inner) => [inner] as const))('looks past a wrapping that is %j', (inner) => {
    const requestParameters = { ModifyInstanceAttributeRequest: inner, instanceId: INSTANCE };
    const edit = understandCall(call('ModifyInstanceAttribute', { requestParameters }), OWN);
    expect(edit).toMatchObject({ resourceIds: [INSTANCE] });
  });

  it.each([
    ['RunInstances', { instancesSet: items('instanceId', INSTANCE) }],
    ['constructor', { instanceId: INSTANCE }],
    ['ModifyInstanceAttribute', { instanceId: 's-00000000000000001' }, 'edit'],
    ['ModifyInstanceAttribute', { instanceId: 'i-XYZ' }],
    ['ModifyInstanceAttribute', { instanceId: '' }],
    ['UpdateLaunchConfiguration', { sourceServerID: INSTANCE }],
    ['UpdateLaunchConfiguration', { sourceServerID: 's-1' }],
    ['CreateTags', { resourcesSet: items('resourceId', 'vol-0a1b2c3d', 'subnet-0a1b2c3d') }],
    ['CreateTags', { resourcesSet: { items: 'all' } }],
    ['DeleteLaunchTemplate', { launchTemplateName: 'payments' }],
  ])('takes %s with %j for what it is', (eventName, requestParameters, kind = 'foreign') => {
    expect(understandCall(call(eventName, { requestParameters }), OWN).kind).toBe(kind);
  });

  it.each(['', 'yesterday', '2026-13-01T00:00:00Z'])('cannot place what happened at %j', (eventTime) => {
    const requestParameters = { instanceId: INSTANCE };
    expect(understandCall(call('ModifyInstanceAttribute', { eventTime, requestParameters }), OWN).kind).toBe('foreign');
  });

  it('never throws, whatever the trail has, and names only what is audited', () => {
    const names = Object.values(AUDITED_CALLS).flat();
    const word = fc.constantFrom(
      ...[
        'InstanceId',
        'instanceId',
        'items',
        'resourcesSet',
        'resourceId',
        'instancesSet',
        'launchTemplate',
        'toString',
      ],
      ...[
        'LaunchTemplateId',
        'launchTemplateVersion',
        'DefaultVersionNumber',
        'sourceServerID',
        'valueOf',
        '__proto__',
      ],
      ...names.flatMap((name) => [`${name}Request`, `${name}Response`]),
    );
    const { garbage } = fc.letrec((tie) => ({
      garbage: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom(INSTANCE, TEMPLATE, serverId(1), 'arn:aws', '', null, 0, 7, true),
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('garbage'), { maxLength: 3 }),
        fc.dictionary(word, tie('garbage'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    const fields = fc.dictionary(word, garbage, { maxKeys: 4 });
    const identity = fc.record(
      { type: fc.string(), arn: fc.constantFrom('', ':', 'arn:aws:sts::1', ALICE), invokedBy: fc.string() },
      { requiredKeys: [] },
    );
    const parts = { requestParameters: fields, responseElements: fields, userIdentity: fc.option(identity) };
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.record(parts, { requiredKeys: [] }), (eventName, stated) => {
        // As it comes in: anything that JSON can say.
        const event = CloudTrailCall.parse(JSON.parse(JSON.stringify(call(eventName, stated))));
        const understood = understandCall(event, OWN);
        if (understood.kind !== 'edit') return;
        expect(understood.resourceIds).not.toHaveLength(0);
        for (const id of understood.resourceIds) expect([INSTANCE, TEMPLATE, serverId(1)]).toContain(id);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no event in that is not what CloudTrail tells', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (detail) => {
        const parsed = CloudTrailCall.safeParse({ ...call('StopInstances'), detail });
        if (parsed.success) expect(() => understandCall(parsed.data, OWN)).not.toThrow();
      }),
    );
  });
});
