import type { CloudTrailCall } from '@prelaunch/contracts/aws-events';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { RemediationLedger } from '@prelaunch/core/drift/brakes';
import type { InstanceDrift } from '@prelaunch/core/drift/instance-drift';
import { type MemoryRunningInstances, memoryRunningInstances } from '@prelaunch/memory/memory-running-instances';
import { type Random, randomOf } from './random.ts';
import type { Task } from './scheduler.ts';
import type { World } from './world.ts';

/** The two sides of AWS that are read by themselves. */
export type Part = 'drs' | 'template';
export const PARTS: readonly Part[] = ['drs', 'template'];

/** What AWS had for a server from a time on. */
interface Life {
  readonly since: number;
  readonly live: LaunchSettings;
}

/** An event of the trail, with what really was. */
export interface Told {
  readonly call: CloudTrailCall;
  readonly what: string;
  readonly serverId: string;
  /** What it has changed. */
  readonly part: Part | undefined;
  /** When it took effect. */
  readonly at: number;
  /** Prelaunch called, by itself. */
  readonly isOwn: boolean;
}

/** What is known of drift without asking, and what has been seen so far. */
export interface DriftWorld {
  readonly running: MemoryRunningInstances;
  /** Decides what becomes of the trail, apart from all else. */
  readonly trails: Random;
  readonly lives: Map<string, Life[]>;
  /** When Prelaunch last wrote a server on AWS. */
  readonly lastWrites: Map<string, number>;
  /** Copies of what is stored now. */
  readonly instances: Map<string, InstanceDrift>;
  readonly ledgers: Map<string, RemediationLedger>;
  /** Servers of which a task could not read something. */
  readonly failedReads: Map<Task, Set<string>>;
  /** When a task began to read a server on AWS first. */
  readonly readsBegun: Map<Task, Map<string, number>>;
  /** What moments a task's newest reads of a server have shown. */
  readonly shown: Map<Task, Map<string, Map<Part, number>>>;
  /** What moments of a server are shown by reads whose outcome is stored. */
  readonly covered: Map<string, Map<Part, number>>;
  /** Tasks that deal with Prelaunch's own calls. */
  readonly ofOwnWrites: Set<Task>;
  /** News that was recorded, in order, by instance. */
  readonly recorded: Map<string, string[]>;
  readonly published: Set<string>;
  /** Servers that are to be applied or are being applied, and since when. */
  readonly busySince: Map<string, number>;
  /** Servers that are being recovered, and since when. */
  readonly recoveredSince: Map<string, number>;
  /** How many audits and remediations have begun. */
  begun: number;
  tell: (told: Told) => void;
}

export function driftWorld(seed: number): DriftWorld {
  return {
    running: memoryRunningInstances(),
    trails: randomOf(seed ^ 0x72a115),
    lives: new Map(),
    lastWrites: new Map(),
    instances: new Map(),
    ledgers: new Map(),
    failedReads: new Map(),
    readsBegun: new Map(),
    shown: new Map(),
    covered: new Map(),
    ofOwnWrites: new Set(),
    recorded: new Map(),
    published: new Set(),
    busySince: new Map(),
    recoveredSince: new Map(),
    begun: 0,
    tell: () => {},
  };
}

/** The entry of a map, which is made where there is none. */
export function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}

/** Remembers what AWS has for a server now. Called after whatever may have changed it. */
export function noteLive({ drift, aws, scheduler, scenario }: World, serverId: string): void {
  if (!scenario.drifting) return;
  entryOf(drift.lives, serverId, () => []).push({ since: scheduler.now(), live: aws.live(serverId) });
}

/** All that AWS had for a server at some moment from then on. */
export function livesSince({ drift, scenario, aws }: World, serverId: string, from: number): LaunchSettings[] {
  const known = drift.lives.get(serverId) ?? [
    { since: 0, live: scenario.servers.includes(serverId) ? aws.live(serverId) : {} },
  ];
  return known
    .filter((_, index) => (known[index + 1]?.since ?? Number.POSITIVE_INFINITY) >= from)
    .map(({ live }) => live);
}

export function partOf(part: Part, { instanceType, tags, ...drs }: LaunchSettings): LaunchSettings {
  return part === 'drs' ? drs : { ...(instanceType !== undefined && { instanceType }), ...(tags && { tags }) };
}
