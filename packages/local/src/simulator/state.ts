import type { Instance, ResponseLaunchTemplateData, Tag } from '@aws-sdk/client-ec2';
import type { Job, RecoveryInstance, SourceServer } from './drs/drs-resources.ts';
import type { LaunchConfiguration } from './drs/launch-configuration.ts';

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
  readonly instances: Map<string, Instance>;
  /** Answers by client token, so that a repeated request finds its first answer. */
  readonly answersByToken: Map<string, { request: string; answer: unknown }>;
}

export interface World {
  place(accountId: string, region: string): Place;
  places(): Place[];
}

export function createWorld(): World {
  const places = new Map<string, Place>();
  return {
    place(accountId, region) {
      const key = `${accountId} ${region}`;
      const place = places.get(key) ?? emptyPlace(accountId, region);
      places.set(key, place);
      return place;
    },
    places: () => [...places.values()],
  };
}

function emptyPlace(accountId: string, region: string): Place {
  return {
    accountId,
    region,
    isInitialized: false,
    servers: new Map(),
    launchConfigurations: new Map(),
    jobs: new Map(),
    recoveryInstances: new Map(),
    templates: new Map(),
    instances: new Map(),
    answersByToken: new Map(),
  };
}
