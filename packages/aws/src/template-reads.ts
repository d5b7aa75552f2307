import type { DrsClient } from '@aws-sdk/client-drs';
import {
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  type LaunchTemplate,
  type LaunchTemplateVersion,
  paginateDescribeLaunchTemplates,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2';
import { chunks } from '@prelaunch/core/chunks';
import { gathered } from './gathered.ts';
import { type Quiet, requestsUnderWay } from './requests-under-way.ts';
import { translated } from './translate-error.ts';

/** Reads of the launch templates of one account and Region. Undefined: EC2 answered without it. */
export interface TemplateReads {
  defaultVersion(launchTemplateId: string): Promise<LaunchTemplateVersion | undefined>;
  /** The template itself, in which its default and latest version numbers are. */
  template(launchTemplateId: string): Promise<LaunchTemplate | undefined>;
}

const PER_PAGE_MAX = 200;

/** How long the first who asks waits at most for others. Where all templates are more pages, a read of them is worth a longer wait. */
const VERSIONS_GATHER_MS = 500;
const VERSIONS_GATHER_MAX_MS = 1_000;
const TEMPLATES_GATHER_MS = 300;

/**
 * Reads that come together are few calls, which begin only when all of them have asked. So a read-back never shows what was before
 * its write. Whoever asks first waits for the others of the same process that are about to: those whose settings DRS is being asked
 * for will want the template next, those who are writing a template will want to see it.
 */
export function templateReads(ec2: EC2Client, drs: DrsClient | EC2Client): TemplateReads {
  const drsIsQuiet = requestsUnderWay(drs, () => true);
  const writesAreDone = requestsUnderWay(ec2, (command) => !command.startsWith('Describe'));
  let pagesOfAll = 1;

  const defaultVersion = gathered<string, LaunchTemplateVersion | undefined>(
    () => drsIsQuiet(Math.min(VERSIONS_GATHER_MAX_MS, pagesOfAll * VERSIONS_GATHER_MS)),
    async (ids) => {
      const distinct = new Set(ids);
      // A page of all templates is a large answer: worth it only in place of clearly more small ones.
      const found = distinct.size > pagesOfAll + 1 ? await readAll(distinct) : new Map<string, LaunchTemplateVersion>();
      const readAlone = onceEach((id) => readDefault(ec2, id));
      // EC2's lists lag behind; asking for the template itself also gives its own error.
      return (id) => found.get(id) ?? readAlone(id);
    },
  );

  /** Reads the default versions of all templates until those asked for are found, or asking for each would be no more calls. */
  async function readAll(ids: ReadonlySet<string>): Promise<Map<string, LaunchTemplateVersion>> {
    const found = new Map<string, LaunchTemplateVersion>();
    const input = { Versions: ['$Default'], MaxResults: PER_PAGE_MAX };
    let pages = 0;
    for await (const page of paginateDescribeLaunchTemplateVersions({ client: ec2 }, input)) {
      pages += 1;
      for (const version of page.LaunchTemplateVersions ?? []) found.set(version.LaunchTemplateId ?? '', version);
      pagesOfAll = page.NextToken ? Math.max(pagesOfAll, pages + 1) : pages;
      if (pages >= ids.size || [...ids].every((id) => found.has(id))) break;
    }
    return found;
  }

  return {
    defaultVersion: (id) => defaultVersion(id).catch(translated('DescribeLaunchTemplateVersions')),
    template: gatheredTemplates(ec2, writesAreDone),
  };
}

async function readDefault(ec2: EC2Client, LaunchTemplateId: string) {
  const command = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['$Default'] });
  return (await ec2.send(command)).LaunchTemplateVersions?.[0];
}

function gatheredTemplates(ec2: EC2Client, writesAreDone: Quiet): TemplateReads['template'] {
  const template = gathered<string, LaunchTemplate | undefined>(
    () => writesAreDone(TEMPLATES_GATHER_MS),
    async (ids) => {
      const parts = await Promise.all(
        chunks([...new Set(ids)], PER_PAGE_MAX).map((together) => readTemplates(ec2, together)),
      );
      const answers = new Map(parts.flatMap((part) => [...part]));
      return (id) => answers.get(id)?.();
    },
  );
  return (id) => template(id).catch(translated('DescribeLaunchTemplates'));
}

type Answers = ReadonlyMap<string, () => LaunchTemplate | undefined>;

/** One template that does not exist fails the call for all, so the halves are asked then, until only that one fails. */
async function readTemplates(ec2: EC2Client, ids: readonly string[]): Promise<Answers> {
  try {
    const found = await describeTemplates(ec2, ids);
    return new Map(ids.map((id) => [id, () => found.get(id)]));
  } catch (error) {
    if (ids.length > 1 && isAboutOneTemplate(error)) {
      const halves = chunks(ids, Math.ceil(ids.length / 2));
      const parts = await Promise.all(halves.map((half) => readTemplates(ec2, half)));
      return new Map(parts.flatMap((part) => [...part]));
    }
    const fail = () => {
      throw error;
    };
    return new Map(ids.map((id) => [id, fail]));
  }
}

async function describeTemplates(ec2: EC2Client, ids: readonly string[]): Promise<Map<string, LaunchTemplate>> {
  const found = new Map<string, LaunchTemplate>();
  for await (const page of paginateDescribeLaunchTemplates({ client: ec2 }, { LaunchTemplateIds: [...ids] })) {
    for (const template of page.LaunchTemplates ?? []) found.set(template.LaunchTemplateId ?? '', template);
  }
  return found;
}

/** `InvalidLaunchTemplateId.NotFound` and `.Malformed`. */
function isAboutOneTemplate(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('InvalidLaunchTemplateId.');
}

/** Reads the same only once. */
function onceEach<Found>(read: (id: string) => Promise<Found>): (id: string) => Promise<Found> {
  const reads = new Map<string, Promise<Found>>();
  return (id) => {
    const found = reads.get(id) ?? read(id);
    reads.set(id, found);
    return found;
  };
}
