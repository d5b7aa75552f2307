import { physicalName } from '@prelaunch/topology/names';
import type { ScheduleSpec, Topology } from '@prelaunch/topology/shape';
import type { Functions } from './functions.ts';
import type { Home } from './home.ts';
import { lookup } from './lookup.ts';
import type { Queues } from './queues.ts';
import { resourceName } from './resource-name.ts';

export interface ScheduleInputs {
  readonly stage: string;
  readonly home: Home;
  readonly queues: Queues;
  readonly functions: Functions;
}

export function createSchedules(specs: Topology['schedules'], inputs: ScheduleInputs) {
  for (const [id, spec] of Object.entries(specs)) createSchedule(id, spec, inputs);
}

function createSchedule(id: string, spec: ScheduleSpec, { stage, home, queues, functions }: ScheduleInputs) {
  const { arn: functionArn } = lookup(functions, 'function', spec.function);
  const { arn: undeliveredArn } = lookup(queues, 'queue', spec.undeliveredQueue);
  const role = createSchedulerRole(id, home, functionArn, undeliveredArn);
  new aws.scheduler.Schedule(resourceName(id, 'Schedule'), {
    name: physicalName(stage, id),
    scheduleExpression: spec.expression,
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: functionArn,
      roleArn: role.arn,
      deadLetterConfig: { arn: undeliveredArn },
      retryPolicy: {
        maximumEventAgeInSeconds: spec.retry.maximumAgeSeconds,
        maximumRetryAttempts: spec.retry.maximumAttempts,
      },
    },
  });
}

/** A role for one schedule: invoke its function, and put what could not be delivered into its queue. Scheduler does both as this role. */
function createSchedulerRole(
  id: string,
  home: Home,
  functionArn: $util.Output<string>,
  undeliveredArn: $util.Output<string>,
) {
  return new aws.iam.Role(resourceName(id, 'ScheduleRole'), {
    assumeRolePolicy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          actions: ['sts:AssumeRole'],
          principals: [{ type: 'Service', identifiers: ['scheduler.amazonaws.com'] }],
          // Keeps schedules of other accounts from borrowing the role.
          conditions: [{ test: 'StringEquals', variable: 'aws:SourceAccount', values: [home.accountId] }],
        },
      ],
    }).json,
    inlinePolicies: [
      {
        name: 'inline',
        policy: aws.iam.getPolicyDocumentOutput({
          statements: [
            { actions: ['lambda:InvokeFunction'], resources: [functionArn] },
            { actions: ['sqs:SendMessage'], resources: [undeliveredArn] },
          ],
        }).json,
      },
    ],
  });
}
