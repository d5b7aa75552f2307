import { defaultNetwork } from '../ec2/networks.ts';
import { DRS_INSTANCE_PROFILE } from '../iam/instance-profiles.ts';
import type { LaunchTemplateData, Place } from '../state.ts';
import type { SourceServer } from './drs-resources.ts';

/** What DRS's template for a new server holds: more than Prelaunch manages, so that a careless rewrite shows. */
export function defaultTemplateData(server: SourceServer, place: Place, seed: number): LaunchTemplateData {
  const { subnets, securityGroupIds } = defaultNetwork(place, seed);
  const tags = [
    { Key: 'AWSElasticDisasterRecoveryManaged', Value: 'drs.amazonaws.com' },
    { Key: 'AWSElasticDisasterRecoverySourceServerID', Value: server.sourceServerID },
    { Key: 'Name', Value: server.hostname },
  ];
  return {
    EbsOptimized: true,
    IamInstanceProfile: { Arn: `arn:aws:iam::${place.accountId}:instance-profile/${DRS_INSTANCE_PROFILE}` },
    InstanceType: server.recommendedInstanceType as NonNullable<LaunchTemplateData['InstanceType']>,
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/sda1',
        Ebs: {
          DeleteOnTermination: true,
          Encrypted: true,
          VolumeType: 'gp3',
          VolumeSize: 50,
          Iops: 3_000,
          Throughput: 125,
        },
      },
      {
        DeviceName: '/dev/sdb',
        Ebs: {
          DeleteOnTermination: false,
          Encrypted: true,
          VolumeType: 'gp3',
          VolumeSize: 200,
          Iops: 6_000,
          Throughput: 250,
        },
      },
    ],
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        Description: 'primary',
        DeleteOnTermination: true,
        AssociatePublicIpAddress: false,
        SubnetId: subnets[0].subnetId,
        Groups: [securityGroupIds[0]],
      },
      {
        DeviceIndex: 1,
        Description: 'backup',
        DeleteOnTermination: false,
        SubnetId: subnets[1].subnetId,
        Groups: [...securityGroupIds],
      },
    ],
    TagSpecifications: [
      { ResourceType: 'instance', Tags: tags },
      { ResourceType: 'volume', Tags: tags },
    ],
    MetadataOptions: {
      HttpTokens: 'required',
      HttpEndpoint: 'enabled',
      HttpPutResponseHopLimit: 2,
      InstanceMetadataTags: 'disabled',
    },
    Monitoring: { Enabled: true },
    Placement: { Tenancy: 'default' },
    UserData: Buffer.from(`#!/bin/sh\nhostnamectl set-hostname ${server.hostname}\n`).toString('base64'),
  };
}
