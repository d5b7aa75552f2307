import type { ElsewhereEdit } from '@prelaunch/local/simulator/edit-elsewhere';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { brief, type Pipeline, SETTINGS, startPipeline } from '../support/pipeline.ts';
import { atOnce, type Site, siteOf, WAIT, wiringWith } from './support/sites.ts';

/** Something that somebody else does right before or after the effect of a call that an apply makes. */
interface Moment {
  readonly operation: string;
  readonly when: 'before' | 'after';
}

/** Every moment of an apply that is seen before it is recorded, in the order in which they come. */
const MOMENTS: readonly Moment[] = [
  { operation: 'GetLaunchConfiguration', when: 'before' },
  { operation: 'GetLaunchConfiguration', when: 'after' },
  { operation: 'UpdateLaunchConfiguration', when: 'before' },
  { operation: 'UpdateLaunchConfiguration', when: 'after' },
  { operation: 'DescribeLaunchTemplateVersions', when: 'before' },
  { operation: 'DescribeLaunchTemplateVersions', when: 'after' },
  { operation: 'CreateLaunchTemplateVersion', when: 'before' },
  { operation: 'CreateLaunchTemplateVersion', when: 'after' },
  { operation: 'ModifyLaunchTemplate', when: 'before' },
  { operation: 'ModifyLaunchTemplate', when: 'after' },
];

interface Edit {
  readonly who: string;
  readonly edit: ElsewhereEdit;
}

/** Each changes something that the group states, which has to be put right, and something that it does not, which has to stay. */
const OF_TEMPLATE: ElsewhereEdit = {
  templateData: ({ TagSpecifications = [], ...content }) => ({
    ...content,
    InstanceType: 't3.nano',
    EbsOptimized: false,
    TagSpecifications: TagSpecifications.map(({ ResourceType, Tags = [] }) => ({
      ...(ResourceType && { ResourceType }),
      Tags: ResourceType === 'volume' ? [...Tags, { Key: 'edited', Value: 'meanwhile' }] : Tags,
    })),
  }),
};
const OF_DRS: ElsewhereEdit = { launchConfiguration: { launchDisposition: 'STARTED', postLaunchEnabled: true } };

const EDITS: readonly Edit[] = [
  { who: 'template', edit: OF_TEMPLATE },
  { who: 'drs', edit: OF_DRS },
  { who: 'both', edit: { ...OF_TEMPLATE, ...OF_DRS } },
];

interface EditedMeanwhile extends Moment, Edit {
  readonly site: string;
}

const EDITED: readonly EditedMeanwhile[] = EDITS.flatMap((edit) =>
  MOMENTS.map((moment) => ({ ...edit, ...moment, site: nameOf(edit.who, moment) })),
);

/** Edits beside which an answer is lost, so that another worker goes on from what the first one left. */
interface EditedAndLost extends EditedMeanwhile {
  readonly lost: string;
}

const EDITED_AND_LOST: readonly EditedAndLost[] = EDITED.filter(({ who }) => who === 'both').flatMap((race) =>
  ['CreateLaunchTemplateVersion', 'ModifyLaunchTemplate']
    .filter((lost) => lost !== race.operation)
    .map((lost) => ({ ...race, lost, site: `${race.site}-no-${initials(lost)}` })),
);

/** Only the answer that is lost would tell of an edit between Prelaunch's version and its becoming the default. */
const SEEN = EDITED_AND_LOST.filter(
  ({ operation, when, lost }) =>
    operation !== 'CreateLaunchTemplateVersion' || when !== 'after' || lost !== 'ModifyLaunchTemplate',
);

interface DeletedMeanwhile extends Moment {
  readonly site: string;
  readonly launchConfig: object;
}

/** After a request without an answer the lease runs out, so a short one. */
const LEASE_SECONDS = 12;

const { instanceType, subnetId, securityGroupIds, tags } = SETTINGS;
/** Without an instance type, which would switch DRS's right-sizing off. */
const OF_TEMPLATE_ONLY = { subnetId, securityGroupIds, tags };

const DELETED: readonly DeletedMeanwhile[] = [
  ...MOMENTS.map((moment) => ({ ...moment, launchConfig: SETTINGS, site: nameOf('all', moment) })),
  ...MOMENTS.filter(({ operation }) => operation !== 'UpdateLaunchConfiguration').map((moment) => ({
    ...moment,
    launchConfig: OF_TEMPLATE_ONLY,
    site: nameOf('only-template', moment),
  })),
];

describe('somebody else who writes during an apply', () => {
  let pipeline: Pipeline;
  let edited: (race: EditedMeanwhile) => ReturnType<typeof editMeanwhile>;
  let editedAndLost: (race: EditedAndLost) => ReturnType<typeof editMeanwhile>;
  let deleted: (race: DeletedMeanwhile) => ReturnType<typeof deleteMeanwhile>;

  beforeAll(async () => {
    pipeline = await startPipeline({ topology: wiringWith({ leaseSeconds: LEASE_SECONDS }) });
    edited = atOnce(EDITED, (race) => editMeanwhile(pipeline, race));
    editedAndLost = atOnce(SEEN, (race) => editMeanwhile(pipeline, race, race.lost));
    deleted = atOnce(DELETED, (race) => deleteMeanwhile(pipeline, race));
  });
  afterAll(() => pipeline.stop());

  it.each(EDITED)('loses nothing but what the group states: $who, $when $operation', async (race) =>
    expectKept(race, await edited(race)),
  );

  it.each(SEEN)('loses nothing where $lost gets no answer: $who, $when $operation', async (race) =>
    expectKept(race, await editedAndLost(race)),
  );

  it.each(DELETED)('has the settings applied to the template that DRS makes anew: $site', async (race) => {
    const { site, status, before } = await deleted(race);

    expect(status).toMatchObject({ status: 'ready', errors: [] });
    expect(site.faultsLeft(race.operation)).toBe(0);
    const { launchTemplateId, content, defaultVersion } = site.live();
    expect(launchTemplateId).not.toBe(before);
    expect(await site.item()).toMatchObject({
      status: 'ready',
      applied: { launchTemplateId, launchTemplateVersion: defaultVersion },
    });
    const primary = content.NetworkInterfaces?.find(({ DeviceIndex }) => DeviceIndex === 0);
    expect(primary).toMatchObject({ SubnetId: subnetId, Groups: securityGroupIds.toSorted() });
    expect(content.UserData).toBeDefined();
  });

  it('has the settings applied to the template that DRS makes when one was deleted before', async () => {
    const site = siteOf(pipeline, 'deleted-before');
    const { launchTemplateId: before } = site.live();
    pipeline.runtime.simulator.deleteTemplateElsewhere(site.first);

    await site.publish({ launchConfig: SETTINGS });

    expect(await site.settled()).toMatchObject({ status: 'ready', errors: [] });
    const { launchTemplateId, content } = site.live();
    expect(launchTemplateId).not.toBe(before);
    expect(content.InstanceType).toBe(instanceType);
    expect(await site.item()).toMatchObject({ applied: { launchTemplateId } });
  });

  it('is told of a server that two groups want: one has it, and the other takes it once it is released', async () => {
    const site = siteOf(pipeline, 'wanted-twice', 3);
    const [shared = '', one = '', other = ''] = site.serverIds;
    const groups = [
      { ...site.change({ launchConfig: SETTINGS, serverIds: [shared, one] }), groupId: 'pg-wants-one' },
      {
        ...site.change({ launchConfig: { ...SETTINGS, instanceType: 'r7i.xlarge' }, serverIds: [shared, other] }),
        groupId: 'pg-wants-other',
      },
    ];
    await Promise.all(groups.map(pipeline.publish));
    const settled = await Promise.all(groups.map(({ groupId }) => pipeline.settled(groupId, 1)));

    const holder = settled.findIndex(({ launchConfigStatus }) => launchConfigStatus.status === 'ready');
    const [held, waiting] = holder === 0 ? groups : groups.toReversed();
    if (!held || !waiting) throw new Error('there are two groups');
    const statusOf = async (groupId: string) => (await pipeline.group(groupId))?.launchConfigStatus;
    expect(await statusOf(held.groupId)).toMatchObject({ status: 'ready', counts: { ready: 2 }, errors: [] });
    const refused = await statusOf(waiting.groupId);
    expect(refused).toMatchObject({ status: 'failed', counts: { ready: 1, failed: 1 } });
    expect(brief(refused?.errors ?? [])).toEqual([
      { code: 'server.held_by_another_group', path: 'serverIds', serverId: shared },
    ]);
    expect(refused?.errors[0]?.message).toContain(held.groupId);
    expect(site.live(shared).content.InstanceType).toBe((held.launchConfig as typeof SETTINGS).instanceType);

    await pipeline.publish({ ...held, revision: 2, serverIds: held.serverIds.slice(1) });
    await pipeline.settled(held.groupId, 2);
    await pipeline.runtime.fireSchedule('reconcile');

    await vi.waitFor(async () => {
      expect(await statusOf(waiting.groupId)).toMatchObject({ status: 'ready', counts: { ready: 2 }, errors: [] });
    }, WAIT);
    expect(await site.item(shared)).toMatchObject({ groupId: waiting.groupId, status: 'ready' });
    expect(site.live(shared).content.InstanceType).toBe((waiting.launchConfig as typeof SETTINGS).instanceType);
    expect(await statusOf(held.groupId)).toMatchObject({ status: 'ready', counts: { total: 1, ready: 1 } });
  });
});

async function expectKept(
  { operation, edit }: EditedMeanwhile,
  { site, status, versions }: Awaited<ReturnType<typeof editMeanwhile>>,
): Promise<void> {
  expect(status).toMatchObject({ status: 'ready', errors: [] });
  const { content, launchConfiguration, defaultVersion } = site.live();
  expect(site.faultsLeft(operation)).toBe(0);
  expect(content.InstanceType).toBe(instanceType);
  expect(launchConfiguration.launchDisposition).toBe('STOPPED');
  expect(launchConfiguration.postLaunchEnabled).toBe(edit.launchConfiguration !== undefined);
  const isTemplateEdited = edit.templateData !== undefined;
  expect(content.EbsOptimized).toBe(!isTemplateEdited);
  const volumeTags = content.TagSpecifications?.find(({ ResourceType }) => ResourceType === 'volume')?.Tags ?? [];
  expect(volumeTags.some(({ Key, Value }) => Key === 'edited' && Value === 'meanwhile')).toBe(isTemplateEdited);
  expect(await site.item()).toMatchObject({ status: 'ready', applied: { launchTemplateVersion: defaultVersion } });
  expect(versions).toBeLessThanOrEqual(VERSIONS_MAX);
}

/** Two of DRS and one of Prelaunch for each time it has to go round, and three of the edits. */
const VERSIONS_MAX = 7;

async function editMeanwhile(pipeline: Pipeline, race: EditedMeanwhile, lost?: string) {
  const { site: name, operation, when, edit } = race;
  const { simulator } = pipeline.runtime;
  const site = siteOf(pipeline, name);
  const { latestVersion } = site.live();
  site.fault(operation, { kind: 'interleave', when, run: () => simulator.editElsewhere(site.first, edit) });
  if (lost) site.fault(lost, { kind: 'commit_then_timeout' });
  const status = await applied(site, SETTINGS);
  return { site, status, versions: site.live().latestVersion - latestVersion };
}

async function deleteMeanwhile(pipeline: Pipeline, { site: name, operation, when, launchConfig }: DeletedMeanwhile) {
  const { simulator } = pipeline.runtime;
  const site = siteOf(pipeline, name);
  const { launchTemplateId: before } = site.live();
  site.fault(operation, { kind: 'interleave', when, run: () => simulator.deleteTemplateElsewhere(site.first) });
  return { site, before, status: await applied(site, launchConfig) };
}

async function applied(site: Site, launchConfig: object) {
  await site.publish({ launchConfig });
  return site.settled();
}

/** A Region's name may have 63 characters. */
function nameOf(who: string, { operation, when }: Moment): string {
  return `${who}-${when}-${initials(operation)}`;
}

function initials(operation: string): string {
  return operation.replace(/[^A-Z]/g, '').toLowerCase();
}
