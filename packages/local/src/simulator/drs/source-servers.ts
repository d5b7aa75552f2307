import * as z from 'zod';
import type { Call } from '../call.ts';
import type { Os } from '../ec2/put-instance.ts';
import { seededDraws, seededHex } from '../seeded-random.ts';
import type { Place } from '../state.ts';
import { AccountId, Paging, SourceServerId } from './drs-fields.ts';
import { drsPage } from './drs-page.ts';
import { drsTime, type LastLaunch, type SourceServer } from './drs-resources.ts';
import { createServerTemplate } from './drs-template.ts';
import { defaultLaunchConfiguration } from './launch-configuration.ts';

const INSTANCE_TYPES = ['t3.medium', 'm5.large', 'm5.xlarge', 'c5.large', 'r5.large'];
/** As the replication agent reads them off the machine. */
const OS_NAMES: Readonly<Record<Os, string>> = {
  windows: 'Microsoft Windows Server 2022 Datacenter',
  linux: 'Linux version 5.14.0-427.13.1.el9_4.x86_64',
};
const GIB = 2 ** 30;
const DAY_MS = 86_400_000;

export const DescribeSourceServersRequest = z.object({
  filters: z
    .object({
      sourceServerIDs: z.array(SourceServerId).max(200).optional(),
      hardwareId: z.string().max(256).optional(),
      stagingAccountIDs: z.array(AccountId).max(200).optional(),
    })
    .optional(),
  ...Paging,
});

/** Filters combine with "and"; an empty list filters nothing. Tags cannot be filtered by. */
export function describeSourceServers(input: z.infer<typeof DescribeSourceServersRequest>, call: Call): object {
  const { sourceServerIDs, hardwareId, stagingAccountIDs } = input.filters ?? {};
  const servers = [...call.place.servers.values()]
    .filter((server) => !sourceServerIDs?.length || sourceServerIDs.includes(server.sourceServerID))
    .filter((server) => !hardwareId || server.macAddress === hardwareId)
    .filter(() => !stagingAccountIDs?.length || stagingAccountIDs.includes(call.place.accountId));
  return drsPage(
    servers,
    { keyOf: (server) => server.sourceServerID, output: (server) => sourceServerOutput(server, call) },
    input,
  );
}

/** Adds a replicating server with the launch configuration and the template that DRS makes when an agent is installed. */
export function addSourceServer(os: Os, call: Call): string {
  const { place, seed } = call;
  const key = `server ${place.accountId} ${place.region} ${place.servers.size}`;
  const server = sourceServerOf({ sourceServerID: `s-${seededHex(seed, key, 17)}`, os }, key, call);
  const template = createServerTemplate(server, call);
  place.servers.set(server.sourceServerID, server);
  const configuration = defaultLaunchConfiguration(server.sourceServerID, template.launchTemplateId);
  place.launchConfigurations.set(server.sourceServerID, configuration);
  place.isInitialized = true;
  return server.sourceServerID;
}

function sourceServerOf(
  { sourceServerID, os }: { sourceServerID: string; os: Os },
  key: string,
  { place, seed, at }: Call,
): SourceServer {
  const index = place.servers.size;
  const [typeDraw] = seededDraws(seed, `type ${key}`);
  const address = (network: number): string => `10.${network}.${Math.floor(index / 250) % 250}.${(index % 250) + 4}`;
  return {
    sourceServerID,
    arn: `arn:aws:drs:${place.region}:${place.accountId}:source-server/${sourceServerID}`,
    hostname: `server-${String(index + 1).padStart(4, '0')}`,
    primaryAddress: address(0),
    secondaryAddress: address(1),
    macAddress: (`02${seededHex(seed, `mac ${key}`, 10)}`.match(/../g) ?? []).join(':'),
    recommendedInstanceType: INSTANCE_TYPES[Math.floor(typeDraw * INSTANCE_TYPES.length)] ?? 'm5.large',
    os,
    addedAt: at,
    recoveryInstanceId: undefined,
    lastLaunch: undefined,
    tags: { Name: `server-${String(index + 1).padStart(4, '0')}` },
  };
}

function sourceServerOutput(server: SourceServer, { place, at }: Call): object {
  return {
    sourceServerID: server.sourceServerID,
    arn: server.arn,
    tags: server.tags,
    recoveryInstanceId: server.recoveryInstanceId,
    lastLaunchResult: lastLaunchResult(server.lastLaunch),
    dataReplicationInfo: replicationOutput(place),
    lifeCycle: {
      addedToServiceDateTime: drsTime(server.addedAt),
      firstByteDateTime: drsTime(server.addedAt),
      elapsedReplicationDuration: 'PT0S',
      lastSeenByServiceDateTime: drsTime(at),
      lastLaunch: server.lastLaunch && lastLaunchOutput(server.lastLaunch),
    },
    sourceProperties: propertiesOutput(server, at),
    stagingArea: { status: 'NOT_EXTENDED', stagingAccountID: place.accountId },
    replicationDirection: 'FAILOVER',
    agentVersion: '4.4.0',
  };
}

function replicationOutput(place: Place): object {
  return {
    dataReplicationState: 'CONTINUOUS',
    lagDuration: 'PT0S',
    replicatedDisks: [replicatedDisk('/dev/sda', 50), replicatedDisk('/dev/sdb', 200)],
    stagingAvailabilityZone: `${place.region}a`,
  };
}

function replicatedDisk(deviceName: string, gib: number): object {
  const totalStorageBytes = gib * GIB;
  return {
    deviceName,
    totalStorageBytes,
    replicatedStorageBytes: totalStorageBytes,
    rescannedStorageBytes: 0,
    backloggedStorageBytes: 0,
  };
}

function propertiesOutput(server: SourceServer, at: number): object {
  return {
    lastUpdatedDateTime: drsTime(Math.floor(at / DAY_MS) * DAY_MS),
    recommendedInstanceType: server.recommendedInstanceType,
    identificationHints: { hostname: server.hostname, fqdn: `${server.hostname}.example.internal` },
    networkInterfaces: [
      { macAddress: server.macAddress, ips: [server.primaryAddress], isPrimary: true },
      { macAddress: server.macAddress.replace(/^02/, '06'), ips: [server.secondaryAddress], isPrimary: false },
    ],
    disks: [
      { deviceName: '/dev/sda', bytes: 50 * GIB },
      { deviceName: '/dev/sdb', bytes: 200 * GIB },
    ],
    cpus: [{ cores: 2, modelName: 'Intel(R) Xeon(R)' }],
    ramBytes: 8 * GIB,
    os: { fullString: OS_NAMES[server.os] },
    supportsNitroInstances: true,
    architecture: 'x86_64',
  };
}

function lastLaunchOutput({ jobID, type, status, calledAt }: LastLaunch): object {
  return { initiated: { apiCallDateTime: drsTime(calledAt), jobID, type }, status };
}

function lastLaunchResult(lastLaunch: LastLaunch | undefined): string {
  switch (lastLaunch?.status) {
    case undefined:
      return 'NOT_STARTED';
    case 'LAUNCHED':
    case 'TERMINATED':
      return 'SUCCEEDED';
    case 'FAILED':
      return 'FAILED';
    case 'PENDING':
    case 'IN_PROGRESS':
      return 'PENDING';
  }
}
