import {
  AssociateIamInstanceProfileCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstancesCommand,
  DisassociateIamInstanceProfileCommand,
  type EC2Client,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyNetworkInterfaceAttributeCommand,
  MonitorInstancesCommand,
  ReplaceIamInstanceProfileAssociationCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  UnmonitorInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

const InstanceId = 'i-0aaaaaaaaaaaaaaa1';
const InstanceIds = [InstanceId];
const COMMON = { state: 'running', tags: {}, platform: 'linux', architecture: 'x86_64' } as const;

let served: ServedSimulator;
let ec2: EC2Client;
beforeEach(async () => {
  served = await serveSimulator();
  const session = { accountId: HOME, roleName: 'editor', sessionName: 'someone' };
  ec2 = served.clientsFor(served.simulator.accounts.openSession(session)).ec2;
  served.simulator.accounts.addInstanceProfile(HOME, 'web');
  served.simulator.addInstance({ accountId: HOME, region: REGION }, { ...COMMON, instanceId: InstanceId });
});
afterEach(() => served.close());

const lastEvent = () => served.events.at(-1)?.detail;
const instanceNow = async () =>
  (await ec2.send(new DescribeInstancesCommand({ InstanceIds }))).Reservations?.[0]?.Instances?.[0];

describe('what CloudTrail tells of instances', () => {
  it('has older actions without a wrapper, in lower camel case, in the name of the caller', async () => {
    const { NetworkInterfaces: [nic] = [], SecurityGroups: [group] = [] } = (await instanceNow()) ?? {};
    const [groupId = '', networkInterfaceId = ''] = [group?.GroupId, nic?.NetworkInterfaceId];
    const groupSet = { items: [{ groupId }] };
    const tagged = { resourcesSet: { items: [{ resourceId: InstanceId }] } };
    const tag = { key: 'tier', value: 'web' };

    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, Groups: [groupId] }));
    expect(lastEvent()).toMatchObject({
      eventSource: 'ec2.amazonaws.com',
      eventName: 'ModifyInstanceAttribute',
      requestParameters: { instanceId: InstanceId, groupSet },
      responseElements: { _return: true },
      userIdentity: { arn: `arn:aws:sts::${HOME}:assumed-role/editor/someone` },
    });
    await ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: networkInterfaceId, Groups: [groupId] }),
    );
    expect(lastEvent()?.requestParameters).toEqual({ networkInterfaceId, groupSet });
    await ec2.send(new CreateTagsCommand({ Resources: InstanceIds, Tags: [{ Key: 'tier', Value: 'web' }] }));
    expect(lastEvent()?.requestParameters).toEqual({ ...tagged, tagSet: { items: [tag] } });
    await ec2.send(new DeleteTagsCommand({ Resources: InstanceIds, Tags: [{ Key: 'tier' }] }));
    expect(lastEvent()?.requestParameters).toEqual({ ...tagged, tagSet: { items: [{ key: 'tier' }] } });
    await ec2.send(new DeleteTagsCommand({ Resources: InstanceIds }));
    expect(lastEvent()?.requestParameters).toEqual(tagged);
  });

  it('has the instances of calls about several', async () => {
    const instancesSet = { items: [{ instanceId: InstanceId }] };
    await ec2.send(new MonitorInstancesCommand({ InstanceIds }));
    expect(lastEvent()).toMatchObject({
      requestParameters: { instancesSet },
      responseElements: { instancesSet: { items: [{ instanceId: InstanceId, monitoring: { state: 'pending' } }] } },
    });
    await ec2.send(new UnmonitorInstancesCommand({ InstanceIds }));
    expect(lastEvent()?.requestParameters).toEqual({ instancesSet });
    await ec2.send(new StopInstancesCommand({ InstanceIds }));
    const states = { currentState: { code: 64, name: 'stopping' }, previousState: { code: 16, name: 'running' } };
    expect(lastEvent()).toMatchObject({
      requestParameters: { instancesSet, force: false },
      responseElements: { instancesSet: { items: [{ instanceId: InstanceId, ...states }] } },
    });
    const InstanceType = { Value: 'm5.large' };
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, InstanceType }));
    expect(lastEvent()?.requestParameters).toEqual({ instanceId: InstanceId, instanceType: { value: 'm5.large' } });
    await ec2.send(new StartInstancesCommand({ InstanceIds }));
    expect(lastEvent()?.requestParameters).toEqual({ instancesSet });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    expect(lastEvent()?.requestParameters).toEqual({ instancesSet });
    await expect(ec2.send(new StartInstancesCommand({ InstanceIds }))).rejects.toThrow();
    expect(lastEvent()).toMatchObject({
      requestParameters: { instancesSet },
      responseElements: null,
      errorCode: 'IncorrectInstanceState',
    });
  });

  it('has newer actions wrapped in the name of the request, and no reads', async () => {
    const IamInstanceProfile = { Name: 'web' };
    await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpTokens: 'required' }));
    expect(lastEvent()?.requestParameters).toEqual({
      ModifyInstanceMetadataOptionsRequest: { InstanceId, HttpTokens: 'required' },
    });
    await ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile }));
    expect(lastEvent()?.requestParameters).toEqual({
      AssociateIamInstanceProfileRequest: { InstanceId, IamInstanceProfile },
    });
    const associationId = async () => {
      const { IamInstanceProfileAssociations } = await ec2.send(new DescribeIamInstanceProfileAssociationsCommand({}));
      return IamInstanceProfileAssociations?.[0]?.AssociationId ?? '';
    };
    const AssociationId = await associationId();
    await ec2.send(new ReplaceIamInstanceProfileAssociationCommand({ AssociationId, IamInstanceProfile }));
    expect(lastEvent()?.requestParameters).toEqual({
      ReplaceIamInstanceProfileAssociationRequest: { AssociationId, IamInstanceProfile },
    });
    const replaced = await associationId();
    await ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId: replaced }));
    expect(lastEvent()?.requestParameters).toEqual({
      DisassociateIamInstanceProfileRequest: { AssociationId: replaced },
    });
    expect(served.events).toHaveLength(4);
  });
});
