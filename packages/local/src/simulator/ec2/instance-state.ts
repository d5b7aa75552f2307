import type { Instance, InstanceState, InstanceStateName } from '@aws-sdk/client-ec2';

const STATE_CODES: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function instanceState(name: InstanceStateName): InstanceState {
  return { Code: STATE_CODES[name], Name: name };
}

/** The instance after its end: EC2 still describes it for a while, without its interfaces, its groups and its profile. */
export function terminated(instance: Instance): Instance {
  return {
    ...instance,
    State: instanceState('terminated'),
    NetworkInterfaces: [],
    SecurityGroups: [],
    PrivateIpAddress: undefined,
    SubnetId: undefined,
    VpcId: undefined,
    IamInstanceProfile: undefined,
    Monitoring: { State: 'disabled' },
  };
}
