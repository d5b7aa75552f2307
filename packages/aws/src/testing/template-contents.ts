import type { TemplateContent } from '../template-data.ts';

export const ARN = 'arn:aws:iam::111111111111:instance-profile/Recovery';

/** A template with much in it that is not Prelaunch's. */
export const richContent: TemplateContent = {
  EbsOptimized: true,
  InstanceType: 'm5.large',
  IamInstanceProfile: { Arn: ARN },
  BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 50, VolumeType: 'gp3' } }],
  NetworkInterfaces: [
    { DeviceIndex: 1, Description: 'backup', SubnetId: 'subnet-1a1b2c3d', Groups: ['sg-1a1b2c3d'] },
    {
      DeviceIndex: 0,
      Description: 'primary',
      DeleteOnTermination: true,
      AssociatePublicIpAddress: false,
      SubnetId: 'subnet-0a1b2c3d',
      Groups: ['sg-0a1b2c3d'],
      PrivateIpAddresses: [
        { Primary: true, PrivateIpAddress: '10.0.0.4' },
        { Primary: false, PrivateIpAddress: '10.0.0.5' },
      ],
    },
  ],
  TagSpecifications: [
    { ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'volume' }] },
    {
      ResourceType: 'instance',
      Tags: [
        { Key: 'Name', Value: 'server' },
        { Key: 'Owner', Value: 'ops' },
        { Key: 'constructor', Value: 'builder' },
      ],
    },
  ],
  MetadataOptions: { State: 'applied', HttpTokens: 'optional', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' },
  Monitoring: { Enabled: true },
  Placement: { AvailabilityZone: 'eu-west-1a', Tenancy: 'default', GroupName: 'cluster' },
  UserData: 'IyEvYmluL3NoCg==',
};
