import type { Instance, ResponseLaunchTemplateData, SecurityGroup, Subnet, Tag } from '@aws-sdk/client-ec2';
import type { InstanceProfile } from '@aws-sdk/client-iam';
import type { Job, RecoveryInstance, SourceServer } from './drs/drs-resources.ts';
import type { LaunchConfiguration } from './drs/launch-configuration.ts';
import { addNetwork, defaultNetwork } from './ec2/networks.ts';
import { addInstanceProfile, DRS_INSTANCE_PROFILE } from './iam/instance-profiles.ts';

/** Requests and responses describe the same data, so one type keeps it. */
export type LaunchTemplateData = ResponseLaunchTemplateData;

export interface LaunchTemplateVersion {
  versionNumber: number;
  description: string | undefined;
  createdAt: number;
  createdBy: string;
  data: LaunchTemplateData;
}

export interface LaunchTemplate {
  launchTemplateId: string;
  name: string;
  createdAt: number;
  createdBy: string;
  defaultVersion: number;
  /** Version numbers are never given twice, even when the newest version was deleted. */
  lastIssuedVersion: number;
  versions: Map<number, LaunchTemplateVersion>;
  tags: Tag[];
  readonly past: TemplatePast;
}

/** What a template's present does not tell, for describes that lag behind. Times are milliseconds since the epoch. */
export interface TemplatePast {
  changedAt: number;
  /** Every default that was set, in order. */
  readonly defaults: { readonly at: number; readonly versionNumber: number }[];
  readonly deletedVersions: { readonly version: LaunchTemplateVersion; readonly deletedAt: number }[];
}

/** What one account holds in all Regions at once. */
export interface Account {
  readonly accountId: string;
  /** By name, which is unique whatever the path. */
  readonly instanceProfiles: Map<string, InstanceProfile>;
}

/** What one account holds in one Region. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  isInitialized: boolean;
  readonly servers: Map<string, SourceServer>;
  readonly launchConfigurations: Map<string, LaunchConfiguration>;
  readonly jobs: Map<string, Job>;
  readonly recoveryInstances: Map<string, RecoveryInstance>;
  readonly templates: Map<string, LaunchTemplate>;
  readonly deletedTemplates: { readonly template: LaunchTemplate; readonly deletedAt: number }[];
  readonly instances: Map<string, Instance>;
  /** The ids of instances by that of the association through which each has its profile. */
  readonly profileAssociations: Map<string, string>;
  readonly subnets: Map<string, Subnet>;
  readonly securityGroups: Map<string, SecurityGroup>;
  /** Answers by client token, so that a repeated request finds its first answer. */
  readonly answersByToken: Map<string, { request: string; answer: unknown }>;
}

export interface World {
  account(accountId: string): Account;
  place(accountId: string, region: string): Place;
  places(): Place[];
}

/** An account is there as soon as somebody names it, with what AWS and DRS put into every account. */
export function createWorld(seed: number, now: () => number): World {
  const accounts = new Map<string, Account>();
  const places = new Map<string, Place>();
  return {
    account(accountId) {
      const account = accounts.get(accountId) ?? newAccount(accountId, { seed, at: now() });
      accounts.set(accountId, account);
      return account;
    },
    place(accountId, region) {
      const key = `${accountId} ${region}`;
      const place = places.get(key) ?? newPlace(accountId, region, seed);
      places.set(key, place);
      return place;
    },
    places: () => [...places.values()],
  };
}

function newAccount(accountId: string, { seed, at }: { seed: number; at: number }): Account {
  const account = { accountId, instanceProfiles: new Map() };
  addInstanceProfile(account, DRS_INSTANCE_PROFILE, { seed, at });
  return account;
}

function newPlace(accountId: string, region: string, seed: number): Place {
  const place = {
    accountId,
    region,
    isInitialized: false,
    servers: new Map(),
    launchConfigurations: new Map(),
    jobs: new Map(),
    recoveryInstances: new Map(),
    templates: new Map(),
    deletedTemplates: [],
    instances: new Map(),
    profileAssociations: new Map(),
    subnets: new Map(),
    securityGroups: new Map(),
    answersByToken: new Map(),
  };
  addNetwork(place, defaultNetwork(place, seed));
  return place;
}
