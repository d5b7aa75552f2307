import { randomUUID } from 'node:crypto';
import { ConnectionLost } from '@prelaunch/local/simulator/errors';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pipeline, SETTINGS, startPipeline } from '../support/pipeline.ts';
import { drained, type Site, siteOf, WAIT, wiringWith } from './support/sites.ts';

/** Workers that stopped are noticed when their lease is over. */
const LEASE_SECONDS = 9;

/** One message at a time, so that it is known which worker is at which server; and nobody ends one that stands still. */
const topology = wiringWith({ leaseSeconds: LEASE_SECONDS, batchSize: 1, timeoutSeconds: 90 });

/** What an apply of all settings to a new server writes: one update, one version, one default. */
const WRITES_OF_AN_APPLY = 3;
/** DRS makes a version of its own for an update of its settings; the other one is Prelaunch's. */
const VERSIONS_OF_AN_APPLY = 2;

const NEWER = { ...SETTINGS, launchDisposition: 'STARTED', instanceType: 'r7i.xlarge' } as const;

describe.concurrent('apply messages', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await startPipeline({ topology });
  });
  afterAll(() => pipeline.stop());

  it('may come several times, at once and late, and a server is written once', async () => {
    const site = siteOf(pipeline, 'repeated', 3);
    const versions = site.serverIds.map((id) => site.live(id).latestVersion);

    await site.publish({ launchConfig: SETTINGS });
    await vi.waitFor(async () => expect(await site.item(site.serverIds[2])).toBeDefined(), WAIT);
    await deliver(site, 4);
    expect(await site.settled()).toMatchObject({ status: 'ready', counts: { ready: 3 } });
    await drained(pipeline, 'apply', 'status');

    expect(site.writes()).toBe(WRITES_OF_AN_APPLY * 3);
    expect(site.serverIds.map((id) => site.live(id).latestVersion)).toEqual(
      versions.map((version) => version + VERSIONS_OF_AN_APPLY),
    );

    const items = await Promise.all(site.serverIds.map(site.item));
    const group = await pipeline.group(site.groupId);
    const calls = site.calls();
    await deliver(site, 3);
    await drained(pipeline, 'apply', 'status');

    expect(await Promise.all(site.serverIds.map(site.item))).toEqual(items);
    expect(await pipeline.group(site.groupId)).toEqual(group);
    expect(site.calls()).toBe(calls);
  });

  it('change nothing when they are of a group that has let the server go', async () => {
    const site = siteOf(pipeline, 'let-go', 2);
    await site.publish({ launchConfig: SETTINGS });
    await site.settled();
    await site.publish({ revision: 2, launchConfig: SETTINGS, serverIds: [site.serverIds[1] ?? ''] });
    await site.settled(2);
    await pipeline.publish({ ...site.change({ launchConfig: NEWER }), groupId: 'pg-heir', serverIds: [site.first] });
    await pipeline.settled('pg-heir', 1);
    const item = await site.item();
    const calls = site.calls();

    await deliver(site, 2);
    await drained(pipeline, 'apply', 'status');

    expect(await site.item()).toEqual(item);
    expect(item).toMatchObject({ groupId: 'pg-heir', status: 'ready' });
    expect(site.calls()).toBe(calls);
    expect(settingsOf(site)).toEqual(settingsIn(NEWER));
  });

  it('lead to the newest definition whatever the order in which definitions come', async () => {
    const site = siteOf(pipeline, 'shuffled', 2);
    const { latestVersion } = site.live();
    const newest = 6;
    const revisions = [4, 1, newest, 2, 5, 3, newest, 1];
    const launchConfigOf = (revision: number) => ({
      ...(revision === newest ? NEWER : SETTINGS),
      name: `r${revision}`,
    });

    await Promise.all(revisions.map((revision) => site.publish({ revision, launchConfig: launchConfigOf(revision) })));
    await site.settled(newest);
    await drained(pipeline, 'plan', 'apply', 'status');

    expect(await site.settled(newest)).toMatchObject({ status: 'ready', counts: { ready: 2 } });
    for (const id of site.serverIds) expect(settingsOf(site, id)).toEqual(settingsIn(NEWER));
    for (const id of site.serverIds) expect(site.live(id).launchConfiguration.name).toBe('r6');
    expect(site.live().latestVersion - latestVersion).toBeLessThanOrEqual(VERSIONS_OF_AN_APPLY * newest);
  });

  it('wait for a request that got no answer, and lead to the definition that came meanwhile', async () => {
    const site = siteOf(pipeline, 'unanswered');
    const { latestVersion } = site.live();
    site.fault('CreateLaunchTemplateVersion', { kind: 'commit_then_timeout' });
    await site.publish({ launchConfig: SETTINGS });
    await vi.waitFor(async () => expect((await site.item())?.lastError).toBeDefined(), WAIT);
    const looks = site.calls({ operation: 'GetLaunchConfiguration' });
    const { lease } = leaseOf(await site.item());

    await site.publish({ revision: 2, launchConfig: NEWER });
    await vi.waitFor(async () => expect(await site.item()).toMatchObject({ planned: { generation: 2 } }), WAIT);
    await deliver(site, 1);
    expect(leaseOf(await site.item()).lease).toEqual(lease);
    expect(site.calls({ operation: 'GetLaunchConfiguration' })).toBe(looks);

    expect(await site.settled(2)).toMatchObject({ status: 'ready' });
    expect(Date.now()).toBeGreaterThan(lease.until);
    expect(settingsOf(site)).toEqual(settingsIn(NEWER));
    expect(site.live().latestVersion - latestVersion).toBeLessThanOrEqual(VERSIONS_OF_AN_APPLY * 2);
  });

  /** The messages that the planner and the sweep send, by hand. */
  async function deliver({ groupId, serverIds }: Site, times: number): Promise<void> {
    const message = { version: '1', correlationId: randomUUID(), groupId };
    const all = Array.from({ length: times }, () => serverIds.map((serverId) => ({ ...message, serverId }))).flat();
    await Promise.all(all.map((body) => pipeline.send('apply', body)));
  }
});

interface Step {
  readonly site: string;
  readonly operation: string;
  readonly when: 'before' | 'after';
  /** How many calls of the operation are let through before: DRS is asked again to read back. */
  readonly letThrough: number;
}

const STEPS: readonly Step[] = (
  [
    { site: 'get', operation: 'GetLaunchConfiguration', letThrough: 0 },
    { site: 'update', operation: 'UpdateLaunchConfiguration', letThrough: 0 },
    { site: 'describe', operation: 'DescribeLaunchTemplateVersions', letThrough: 0 },
    { site: 'create', operation: 'CreateLaunchTemplateVersion', letThrough: 0 },
    { site: 'modify', operation: 'ModifyLaunchTemplate', letThrough: 0 },
    { site: 'read-back-drs', operation: 'GetLaunchConfiguration', letThrough: 1 },
    { site: 'read-back-template', operation: 'DescribeLaunchTemplates', letThrough: 0 },
  ] as const
).flatMap((step) => (['before', 'after'] as const).map((when) => ({ ...step, when, site: `${when}-${step.site}` })));

const NEWER_COMES: Step = { site: 'newer-comes', operation: 'ModifyLaunchTemplate', when: 'before', letThrough: 0 };

describe.concurrent('a worker that stops in the middle', () => {
  let pipeline: Pipeline;
  let crashes: ReadonlyMap<Step, Awaited<ReturnType<typeof crash>>>;
  let standing: ReadonlyMap<Pause, Awaited<ReturnType<typeof standStill>>>;

  beforeAll(async () => {
    pipeline = await startPipeline({ topology });
    const all: [Step, Awaited<ReturnType<typeof crash>>][] = [];
    // One after the other, so that nobody is stopped who is at something else.
    for (const step of [NEWER_COMES, ...STEPS]) all.push([step, await crash(pipeline, step)]);
    const still: [Pause, Awaited<ReturnType<typeof standStill>>][] = [];
    for (const pause of PAUSES) still.push([pause, await standStill(pipeline, pause)]);
    crashes = new Map(all);
    standing = new Map(still);
    await publishNewer([crashed(NEWER_COMES).site, ...still.map(([, { site }]) => site)]);
    const sites = [...all, ...still].map(([, { site }]) => site);
    await leasesOver(sites);
    await pipeline.runtime.fireSchedule('reconcile');
    await Promise.all(sites.map((site) => site.settled()));
  });
  afterAll(() => pipeline.stop());

  it.each(STEPS)('leaves the server to the next one: killed $site', async (step) => {
    const { site, left, versions } = crashed(step);

    expect(left.item).toMatchObject({ status: 'pending', dirty: true, lease: { owner: expect.any(String) } });
    expect(left.item).not.toHaveProperty('applied');
    expect(left.group?.status).toBe('pending');
    expect(await site.settled()).toMatchObject({ status: 'ready', errors: [] });
    const { defaultVersion, latestVersion, launchTemplateId } = site.live();
    const item = await site.item();
    expect(item).toMatchObject({
      status: 'ready',
      dirty: false,
      errors: [],
      applied: { launchTemplateId, launchTemplateVersion: defaultVersion },
    });
    expect(item).not.toHaveProperty('lease');
    expect(settingsOf(site)).toEqual(settingsIn(SETTINGS));
    expect(latestVersion - versions).toBe(VERSIONS_OF_AN_APPLY);
  });

  it('leaves what a newer definition asks for to the next one', async () => {
    const { site, versions } = crashed(NEWER_COMES);

    expect(await site.settled(3)).toMatchObject({ status: 'ready' });
    expect(settingsOf(site)).toEqual(settingsIn(NEWER));
    expect(site.live().latestVersion - versions).toBeLessThanOrEqual(VERSIONS_OF_AN_APPLY * 2);
  });

  it.each(PAUSES)(
    'undoes nothing of what a newer definition became when it goes on after its lease: $site',
    async (pause) => {
      const found = standing.get(pause);
      if (!found) throw new Error('nobody was stopped there');
      const { site, versions, stopped } = found;
      expect(await site.settled(3)).toMatchObject({ status: 'ready' });
      const ready = await site.item();
      const writes = site.writes();

      for (const pid of stopped) process.kill(pid, 'SIGCONT');

      await vi.waitFor(async () => expect((await site.item())?.version).toBeGreaterThan(Number(ready?.version)), WAIT);
      await vi.waitFor(async () => expect(await site.item()).toMatchObject({ status: 'ready', dirty: false }), WAIT);
      expect(await site.settled(3)).toMatchObject({ status: 'ready', errors: [] });
      expect(site.writes()).toBe(writes);
      expect(settingsOf(site)).toEqual(settingsIn(NEWER));
      expect(site.live().latestVersion - versions).toBeLessThanOrEqual(VERSIONS_OF_AN_APPLY * 2 + 1);
    },
  );

  function crashed(step: Step) {
    const found = crashes.get(step);
    if (!found) throw new Error('nobody was killed at this step');
    return found;
  }
});

/** Kills the worker at a call: before it has its effect, or after it had and before the answer arrives. */
async function crash(pipeline: Pipeline, { site: name, operation, when, letThrough }: Step) {
  const site = siteOf(pipeline, name);
  const { latestVersion: versions } = site.live();
  const killed: number[] = [];
  if (letThrough > 0) site.fault(operation, { kind: 'interleave', when, run: () => undefined }, letThrough);
  site.fault(operation, {
    kind: 'interleave',
    when,
    run() {
      killed.push(...signal(pipeline, 'SIGKILL'));
      if (when === 'before') throw new ConnectionLost('the caller is gone');
    },
  });
  await site.publish({ launchConfig: SETTINGS });
  await vi.waitFor(() => expect(killed).toHaveLength(1), WAIT);
  const [item, group] = await Promise.all([site.item(), pipeline.group(site.groupId)]);
  return { site, versions, left: { item, group: group?.launchConfigStatus } };
}

interface Pause {
  readonly site: string;
  readonly operation: string;
  /** How long after the call's effect the worker is stopped. */
  readonly afterMs: number;
}

const PAUSES: readonly Pause[] = [
  { site: 'stopped-before-an-answer', operation: 'CreateLaunchTemplateVersion', afterMs: 0 },
  // The answer has arrived, and the worker waits for others who want to read the same: it has no request under way.
  { site: 'stopped-between-calls', operation: 'UpdateLaunchConfiguration', afterMs: 10 },
];

/** Stops a worker without ending it. */
async function standStill(pipeline: Pipeline, { site: name, operation, afterMs }: Pause) {
  const site = siteOf(pipeline, name);
  const { latestVersion: versions } = site.live();
  const stopped: number[] = [];
  const stop = () => stopped.push(...signal(pipeline, 'SIGSTOP'));
  const run = afterMs === 0 ? stop : () => setTimeout(stop, afterMs);
  site.fault(operation, { kind: 'interleave', when: 'after', run });
  await site.publish({ launchConfig: SETTINGS });
  await vi.waitFor(() => expect(stopped).toHaveLength(1), WAIT);
  return { site, versions, stopped };
}

/** The newest definition of each, and after it an older one. */
async function publishNewer(sites: readonly Site[]): Promise<void> {
  await Promise.all(sites.map((site) => site.publish({ revision: 3, launchConfig: NEWER })));
  await Promise.all(sites.map((site) => site.publish({ revision: 2, launchConfig: { ...NEWER, copyTags: false } })));
}

const standingStill = new Set<number>();

/** Signals the workers that are at something. Answers their process ids. */
function signal({ runtime }: Pipeline, name: 'SIGKILL' | 'SIGSTOP'): number[] {
  const busy = runtime.environments
    .list()
    .filter(({ functionId, state, pid }) => functionId === 'apply' && state === 'busy' && !standingStill.has(pid))
    .map(({ pid }) => pid);
  for (const pid of busy) {
    process.kill(pid, name);
    if (name === 'SIGSTOP') standingStill.add(pid);
  }
  return busy;
}

async function leasesOver(sites: readonly Site[]): Promise<void> {
  await vi.waitFor(async () => {
    const items = await Promise.all(sites.map((site) => site.item()));
    for (const item of items) expect(leaseOf(item).lease.until).toBeLessThan(Date.now());
  }, WAIT);
}

function leaseOf(item: Record<string, unknown> | undefined) {
  return { lease: (item?.lease ?? { until: 0 }) as { readonly until: number } };
}

function settingsOf(site: Site, serverId = site.first) {
  const { content, launchConfiguration } = site.live(serverId);
  const primary = content.NetworkInterfaces?.find(({ DeviceIndex }) => DeviceIndex === 0);
  return {
    launchDisposition: launchConfiguration.launchDisposition,
    copyTags: launchConfiguration.copyTags,
    instanceType: content.InstanceType,
    subnetId: primary?.SubnetId,
  };
}

function settingsIn({ launchDisposition, copyTags, instanceType, subnetId }: typeof SETTINGS | typeof NEWER) {
  return { launchDisposition, copyTags, instanceType, subnetId };
}
