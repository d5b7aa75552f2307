/** The stage that the embedded runtime runs. */
export const LOCAL_STAGE = 'local';

/** The bus on which upstream systems publish. Plain `prelaunch` on one machine; stages share an AWS account, so they are told apart there. */
export function busName(stage: string): string {
  return stage === LOCAL_STAGE ? 'prelaunch' : `prelaunch-${stage}`;
}

/** The physical name of a table, queue, function, rule or schedule: `prelaunch-<stage>-<logical id>`. */
export function physicalName(stage: string, logicalId: string): string {
  return `prelaunch-${stage}-${logicalId}`;
}
