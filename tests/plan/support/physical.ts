import { busName, physicalName } from '@prelaunch/topology/names';
import type { RuleBus } from '@prelaunch/topology/shape';
import { ACCOUNT, REGION } from './provider-stub.ts';

/** ARNs and URLs as AWS builds them from physical names, for the account and Region of the renderings. */
export function physical(stage: string) {
  const name = (logicalId: string) => physicalName(stage, logicalId);
  const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
  return {
    name,
    arn,
    bus: busName(stage),
    busArn: arn('events', `event-bus/${busName(stage)}`),
    functionArn: (id: string) => arn('lambda', `function:${name(id)}`),
    logGroup: (id: string) => `/aws/lambda/${name(id)}`,
    queueArn: (id: string) => arn('sqs', name(id)),
    queueUrl: (id: string) => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name(id)}`,
    /** On the default bus, it does not name the bus. */
    ruleArn: (id: string, bus: RuleBus) =>
      arn('events', bus === 'own' ? `rule/${busName(stage)}/${name(id)}` : `rule/${name(id)}`),
    topicArn: (id: string) => arn('sns', name(id)),
    tableArn: (id: string) => arn('dynamodb', `table/${name(id)}`),
  };
}
