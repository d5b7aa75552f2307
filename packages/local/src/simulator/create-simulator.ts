import { answerCall } from './answer-call.ts';
import type { Call, Caller } from './call.ts';
import { type CallLedger, createCallLedger } from './call-ledger.ts';
import { userCaller } from './callers.ts';
import { drsProtocol } from './drs/drs-protocol.ts';
import type { LaunchConfiguration } from './drs/launch-configuration.ts';
import { settleJobs } from './drs/settle-jobs.ts';
import { addSourceServer } from './drs/source-servers.ts';
import { ec2Protocol } from './ec2/ec2-protocol.ts';
import { type AddedInstance, addInstance } from './ec2/instances.ts';
import { addNetwork, type Network } from './ec2/networks.ts';
import type { Os } from './ec2/put-instance.ts';
import { addServerVersions, deleteServerTemplate, type ElsewhereEdit, editServer } from './edit-elsewhere.ts';
import { createEventTrail, type SimulatedEvent } from './event-trail.ts';
import { createFaultScript, type FaultScript } from './fault-script.ts';
import { createIamProtocol } from './iam/iam-protocol.ts';
import { addInstanceProfile } from './iam/instance-profiles.ts';
import { createIdSource } from './id-source.ts';
import { LATENCY_PROFILES, type LatencyProfileName } from './latency-profiles.ts';
import type { SimulatorRequest, SimulatorResponse } from './simulator-request.ts';
import { createWorld, type LaunchTemplateVersion, type Place } from './state.ts';
import { type Credentials, createCredentials, type Session, type TrustedRole } from './sts/credentials.ts';
import { createStsProtocol } from './sts/sts-protocol.ts';
import { createTokenBuckets } from './token-bucket.ts';

export type { SimulatedEvent } from './event-trail.ts';
export type { SimulatorRequest, SimulatorResponse } from './simulator-request.ts';

export interface SimulatorOptions {
  seed: number;
  profile: LatencyProfileName;
  homeAccountId: string;
  /** Receives what AWS would put on the default bus. */
  emit: (event: SimulatedEvent) => void;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** A server's template and launch configuration as they are now. */
export interface ServerTemplate {
  launchTemplateId: string;
  defaultVersion: number;
  latestVersion: number;
  versions: LaunchTemplateVersion[];
  launchConfiguration: LaunchConfiguration;
}

/** An account and a Region of it. */
export interface Where {
  readonly accountId: string;
  readonly region: string;
}

export interface Simulator {
  /** Answers as AWS would. Rejects with `ConnectionLost` where a fault says that no answer comes. */
  handle(request: SimulatorRequest): Promise<SimulatorResponse>;
  /** Adds replicating servers, of Linux unless stated, and initialises DRS there. Returns their ids. */
  addSourceServers(where: Where, count: number, options?: { readonly os?: Os }): string[];
  /** Adds a VPC beside the default one that is there from the start. */
  addNetwork(where: Where, network: Network): void;
  /** Adds an instance that no recovery launched. Profiles and networks that it is to have are added before it. */
  addInstance(where: Where, instance: AddedInstance): void;
  calls: CallLedger;
  faults: FaultScript;
  /** Edits a server's settings as somebody at the console would, outside the callers' quotas and ledger. */
  editElsewhere(serverId: string, edit: ElsewhereEdit): void;
  /** Deletes the template that DRS keeps for a server, as somebody at the console would. */
  deleteTemplateElsewhere(serverId: string): void;
  /** Adds versions to a server's template as another caller would, none of them the default; no events tell of them. */
  addVersionsElsewhere(serverId: string, count: number): void;
  /** From now on describes of launch templates answer as things stood that long ago; 0 ends it. Writes see the present. */
  lagDescribes(milliseconds: number): void;
  accounts: {
    addRole(role: TrustedRole): void;
    /** Issues never-ending credentials of a role's session, without the role being there to be assumed. */
    openSession: Credentials['openSession'];
    /** The session that an access key was issued for, its secret included. */
    sessionOf(accessKeyId: string): Session | undefined;
    /** Takes a name, or a path that ends in one, such as `service-role/Recovery`. */
    addInstanceProfile(accountId: string, nameOrPath: string): void;
  };
  launchTemplateOf(serverId: string): ServerTemplate;
  /** Brings all jobs up to the present and emits their events. Every call does so for its own account and Region. */
  settle(): void;
}

/** Simulates DRS, EC2's launch templates and instances, IAM and STS for any number of accounts and Regions. */
export function createSimulator({
  seed,
  profile: name,
  homeAccountId,
  emit,
  now = Date.now,
}: SimulatorOptions): Simulator {
  const ids = createIdSource(seed);
  const world = createWorld(seed, now);
  const trail = createEventTrail(emit, ids);
  const credentials = createCredentials(homeAccountId, ids);
  const faults = createFaultScript();
  const ledger = createCallLedger();
  const profile = LATENCY_PROFILES[name];
  let describeLagMs = 0;
  const callIn = (place: Place, caller: Caller): Call => ({
    caller,
    place,
    account: world.account(place.accountId),
    at: now(),
    ids,
    trail,
    timeline: profile.job,
    seed,
    describeLagMs,
  });
  const settledCall = (caller: Caller, region: string): Call => {
    const call = callIn(world.place(caller.accountId, region), caller);
    settleJobs(call);
    return call;
  };
  const placeOf = (serverId: string): Place => {
    const place = world.places().find(({ servers }) => servers.has(serverId));
    if (!place) throw new Error(`No source server ${serverId}`);
    return place;
  };
  const consoleCall = (serverId: string): Call => {
    const { accountId, region } = placeOf(serverId);
    return settledCall(userCaller(accountId, 'console'), region);
  };
  const answering = {
    protocols: {
      drs: drsProtocol,
      ec2: ec2Protocol,
      iam: createIamProtocol(world),
      sts: createStsProtocol(credentials),
    },
    buckets: createTokenBuckets(now),
    requestId: () => ids.uuid('request'),
    nextSequence: sequences(),
    ...{ profile, seed, homeAccountId, now, credentials, faults, ledger, world, settledCall },
  };
  return {
    calls: ledger,
    faults,
    accounts: {
      addRole: credentials.addRole,
      openSession: credentials.openSession,
      sessionOf: credentials.sessionOf,
      addInstanceProfile: (accountId, nameOrPath) =>
        addInstanceProfile(world.account(accountId), nameOrPath, { seed, at: now() }),
    },
    handle: (request) => answerCall(request, answering),
    addSourceServers({ accountId, region }, count, { os = 'linux' } = {}) {
      const call = settledCall(userCaller(accountId, 'agent'), region);
      return Array.from({ length: count }, () => addSourceServer(os, call));
    },
    addNetwork: ({ accountId, region }, network) => addNetwork(world.place(accountId, region), network),
    addInstance: ({ accountId, region }, instance) =>
      addInstance(instance, settledCall(userCaller(accountId, 'console'), region)),
    editElsewhere: (serverId, edit) => editServer(serverId, edit, consoleCall(serverId)),
    deleteTemplateElsewhere: (serverId) => deleteServerTemplate(serverId, consoleCall(serverId)),
    addVersionsElsewhere: (serverId, count) => addServerVersions(serverId, count, consoleCall(serverId)),
    lagDescribes(milliseconds) {
      describeLagMs = milliseconds;
    },
    launchTemplateOf: (serverId) => serverTemplate(serverId, placeOf(serverId)),
    settle() {
      for (const place of world.places()) settleJobs(callIn(place, userCaller(place.accountId, 'clock')));
    },
  };
}

function sequences(): (operation: string) => number {
  const counts = new Map<string, number>();
  return (operation) => {
    const next = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, next);
    return next;
  };
}

function serverTemplate(serverId: string, place: Place): ServerTemplate {
  const launchConfiguration = place.launchConfigurations.get(serverId);
  const template = place.templates.get(launchConfiguration?.ec2LaunchTemplateID ?? '');
  if (!launchConfiguration || !template) throw new Error(`Source server ${serverId} has no launch template`);
  const { launchTemplateId, defaultVersion, versions } = template;
  const latestVersion = Math.max(...versions.keys());
  return structuredClone({
    launchTemplateId,
    defaultVersion,
    latestVersion,
    versions: [...versions.values()],
    launchConfiguration,
  });
}
