import type { runtime } from '@pulumi/pulumi';

/** The account and Region that every plan is rendered for. */
export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';

type Attributes = Record<string, unknown>;
type AttributesOf = (name: string, inputs: Attributes) => Attributes;

/** Attributes that AWS computes and that other resources refer to. A type that is missing gets an ARN that fits no service. */
const COMPUTED: Readonly<Record<string, AttributesOf>> = {
  'aws:cloudwatch/eventBus:EventBus': (name) => ({ arn: arn('events', `event-bus/${name}`) }),
  'aws:cloudwatch/eventRule:EventRule': (name, { eventBusName }) => ({
    arn: arn('events', eventBusName === 'default' ? `rule/${name}` : `rule/${eventBusName}/${name}`),
  }),
  'aws:cloudwatch/logGroup:LogGroup': (name) => ({ arn: arn('logs', `log-group:${name}`) }),
  'aws:dynamodb/table:Table': (name) => ({ id: name, arn: arn('dynamodb', `table/${name}`) }),
  'aws:iam/role:Role': (name) => ({ arn: `arn:aws:iam::${ACCOUNT}:role/${name}` }),
  'aws:kms/key:Key': (name) => ({ arn: arn('kms', `key/${name}`) }),
  'aws:lambda/function:Function': (name) => ({ arn: arn('lambda', `function:${name}`) }),
  'aws:scheduler/schedule:Schedule': (name) => ({ arn: arn('scheduler', `schedule/default/${name}`) }),
  'aws:sns/topic:Topic': (name) => ({ arn: arn('sns', name) }),
  'aws:sqs/queue:Queue': (name) => ({ id: queueUrl(name), arn: arn('sqs', name), url: queueUrl(name) }),
  'random:index/randomBytes:RandomBytes': () => ({ base64: 'a2V5', hex: '6b6579' }),
};

/** Stands in for the AWS provider: what a created resource looks like to those that refer to it. */
export function createdResource({ type, name, inputs, custom }: runtime.MockResourceArgs): runtime.MockResourceResult {
  if (!custom) return { id: '', state: inputs };
  const physical = String(inputs.name ?? name);
  const { id = `${physical}-id`, ...computed } = COMPUTED[type]?.(physical, inputs) ?? { arn: arn('unknown', name) };
  return { id: String(id), state: { name: physical, ...inputs, ...computed } };
}

/** Answers the provider functions that the stacks call. */
export function providerCall({ token, inputs }: runtime.MockCallArgs): runtime.MockCallResult {
  switch (token) {
    case 'aws:index/getRegion:getRegion':
      return { id: REGION, region: REGION, name: REGION };
    case 'aws:index/getPartition:getPartition':
      return { id: 'aws', partition: 'aws', dnsSuffix: 'amazonaws.com' };
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return { id: ACCOUNT, accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, userId: 'user' };
    case 'aws:iam/getPolicyDocument:getPolicyDocument':
      return { ...inputs, id: 'document', json: policyDocument(inputs) };
    default:
      throw new Error(`The rendering does not answer the provider call ${token}`);
  }
}

function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

function queueUrl(name: string): string {
  return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
}

interface StatementInputs {
  readonly sid?: string;
  readonly effect?: string;
  readonly actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly principals?: readonly { readonly type: string; readonly identifiers: readonly string[] }[];
  readonly conditions?: readonly {
    readonly test: string;
    readonly variable: string;
    readonly values: readonly string[];
  }[];
}

/** The JSON of a policy document. Fields that this does not know would vanish from the plan, so they are refused. */
function policyDocument({ statements = [] }: { readonly statements?: readonly StatementInputs[] }): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements.map(policyStatement) });
}

function policyStatement({ sid, effect, actions, resources, principals, conditions, ...unknown }: StatementInputs) {
  if (Object.keys(unknown).length > 0)
    throw new Error(`Unknown in a policy statement: ${Object.keys(unknown).join(', ')}`);
  return {
    ...(sid && { Sid: sid }),
    Effect: effect ?? 'Allow',
    ...(actions && { Action: actions }),
    ...(resources && { Resource: resources }),
    ...(principals && {
      Principal: Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers])),
    }),
    ...(conditions && { Condition: policyConditions(conditions) }),
  };
}

function policyConditions(conditions: NonNullable<StatementInputs['conditions']>) {
  const byTest: Record<string, Record<string, readonly string[]>> = {};
  for (const { test, variable, values } of conditions) byTest[test] = { ...byTest[test], [variable]: values };
  return byTest;
}
