import { seededHex } from '../seeded-random.ts';
import type { LaunchTemplateData, Place } from '../state.ts';
import type { SourceServer } from './drs-resources.ts';

/** What DRS's template for a new server holds: more than Prelaunch manages, so that a careless rewrite shows. */
export function defaultTemplateData(server: SourceServer, place: Place, seed: number): LaunchTemplateData {
  const network = networkOf(place, seed);
  const tags = [
    { Key: 'AWSElasticDisasterRecoveryManaged', Value: 'drs.amazonaws.com' },
    { Key: 'AWSElasticDisasterRecoverySourceServerID', Value: server.sourceServerID },
    { Key: 'Name', Value: server.hostname },
  ];
  return {
    EbsOptimized: true,
    IamInstanceProfile: {
      Arn: `arn:aws:iam::${place.accountId}:instance-profile/service-role/AWSElasticDisasterRecoveryRecoveryInstanceRole`,
    },
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
        SubnetId: network.subnets[0],
        Groups: [network.groups[0]],
      },
      {
        DeviceIndex: 1,
        Description: 'backup',
        DeleteOnTermination: false,
        SubnetId: network.subnets[1],
        Groups: network.groups,
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

function networkOf(place: Place, seed: number): { subnets: [string, string]; groups: [string, string] } {
  const id = (prefix: string, index: number): string =>
    `${prefix}-${seededHex(seed, `${prefix} ${place.accountId} ${place.region} ${index}`, 17)}`;
  return { subnets: [id('subnet', 0), id('subnet', 1)], groups: [id('sg', 0), id('sg', 1)] };
}
