import {
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  type LaunchTemplateVersion,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2';
import { translated } from './translate-error.ts';

/** Reads the default version of one launch template. Undefined: EC2 answered without it. */
export type ReadDefaultVersion = (launchTemplateId: string) => Promise<LaunchTemplateVersion | undefined>;

const OPERATION = 'DescribeLaunchTemplateVersions';
const VERSIONS_PER_PAGE_MAX = 200;
const CALLS_WORTH_A_PAGE = 5;

interface Waiting {
  readonly launchTemplateId: string;
  readonly resolve: (found: LaunchTemplateVersion | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Reads default versions of one account and Region in as few calls as it can: EC2 gives those of all templates, 200 a page. While
 * one read is under way, the next callers gather, and are then answered by one read that began after they asked. So a
 * read-back never sees what was there before its write, and the describe quota is not what bounds a large group.
 */
export function defaultVersions(ec2: EC2Client): ReadDefaultVersion {
  let waiting: Waiting[] = [];
  let reading = false;
  let pagesOfAll = 1;

  async function readGathered(): Promise<void> {
    if (reading) return;
    reading = true;
    while (waiting.length > 0) {
      const gathered = waiting;
      waiting = [];
      // A page of all templates is a large answer: worth it only in place of several small ones.
      if (gathered.length > pagesOfAll * CALLS_WORTH_A_PAGE) await answerFromAll(gathered);
      else await Promise.all(gathered.map(answerOne));
    }
    reading = false;
  }

  async function answerFromAll(gathered: readonly Waiting[]): Promise<void> {
    try {
      const all = await readAll();
      await Promise.all(
        gathered.map(async (one) => {
          const found = all.get(one.launchTemplateId);
          // EC2's lists lag behind; asking for the template itself also gives its own error.
          return found ? one.resolve(found) : answerOne(one);
        }),
      );
    } catch (error) {
      for (const { reject } of gathered) reject(error);
    }
  }

  async function readAll(): Promise<Map<string, LaunchTemplateVersion>> {
    const all = new Map<string, LaunchTemplateVersion>();
    let pages = 0;
    const input = { Versions: ['$Default'], MaxResults: VERSIONS_PER_PAGE_MAX };
    for await (const { LaunchTemplateVersions = [] } of paginateDescribeLaunchTemplateVersions(
      { client: ec2 },
      input,
    )) {
      pages += 1;
      for (const version of LaunchTemplateVersions) all.set(version.LaunchTemplateId ?? '', version);
    }
    pagesOfAll = Math.max(1, pages);
    return all;
  }

  async function answerOne({ launchTemplateId, resolve, reject }: Waiting): Promise<void> {
    const command = new DescribeLaunchTemplateVersionsCommand({
      LaunchTemplateId: launchTemplateId,
      Versions: ['$Default'],
    });
    await ec2.send(command).then(({ LaunchTemplateVersions = [] }) => resolve(LaunchTemplateVersions[0]), reject);
  }

  return (launchTemplateId) =>
    new Promise<LaunchTemplateVersion | undefined>((resolve, reject) => {
      waiting.push({ launchTemplateId, resolve, reject });
      void readGathered();
    }).catch(translated(OPERATION));
}
