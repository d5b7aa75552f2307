import { paginateDescribeJobs, StartRecoveryCommand } from '@aws-sdk/client-drs';
import { AwsCallError } from '@prelaunch/core/apply/ports';
import type { Recovery } from '@prelaunch/core/wave/wave';
import type { TargetSessions } from './target-sessions.ts';
import { translated } from './translate-error.ts';

/** The tag by which a wave's job is found again. */
const WAVE_TAG = 'prelaunch:wave';
const CLOCK_DIFFERENCE_MS = 3600 * 1000;

export function drsRecovery(sessions: TargetSessions): Recovery {
  return {
    async start(target, serverIds, { isDrill, tag }) {
      const { drsRecovery: drs } = await sessions(target);
      const operation = 'StartRecovery';
      const sourceServers = serverIds.map((sourceServerID) => ({ sourceServerID }));
      const command = new StartRecoveryCommand({ sourceServers, isDrill, tags: { [WAVE_TAG]: tag } });
      const { job } = await drs.send(command).catch(translated(operation));
      if (job?.jobID) return job.jobID;
      const message = 'DRS answered without a job';
      throw new AwsCallError({
        kind: 'unavailable',
        operation,
        awsCode: 'NoJob',
        message,
        answered: false,
        cause: job,
      });
    },

    async find(target, tag, since) {
      const { drsRecovery: client } = await sessions(target);
      try {
        for await (const { items = [] } of paginateDescribeJobs(
          { client },
          { filters: { fromDate: earlier(since) } },
        )) {
          const found = items.find(({ tags }) => tags?.[WAVE_TAG] === tag);
          if (found) return found.jobID;
        }
        return undefined;
      } catch (cause) {
        return translated('DescribeJobs')(cause);
      }
    },
  };
}

/** The clocks may differ, and the tag alone says which job it is. */
function earlier(since: string): string {
  return new Date(Date.parse(since) - CLOCK_DIFFERENCE_MS).toISOString();
}
