import path from 'node:path';
import { inject } from 'vitest';
import { bundleFolder } from './bundle-handler.ts';
import type { Plan, Resource } from './plan-format.ts';
import type { RenderedStage } from './stages.ts';

/** The resource types that the stacks are made of. */
export const TYPE = {
  alias: 'aws:lambda/alias:Alias',
  bus: 'aws:cloudwatch/eventBus:EventBus',
  function: 'aws:lambda/function:Function',
  key: 'aws:kms/key:Key',
  logGroup: 'aws:cloudwatch/logGroup:LogGroup',
  mapping: 'aws:lambda/eventSourceMapping:EventSourceMapping',
  queue: 'aws:sqs/queue:Queue',
  queuePolicy: 'aws:sqs/queuePolicy:QueuePolicy',
  redriveAllowPolicy: 'aws:sqs/redriveAllowPolicy:RedriveAllowPolicy',
  role: 'aws:iam/role:Role',
  rule: 'aws:cloudwatch/eventRule:EventRule',
  schedule: 'aws:scheduler/schedule:Schedule',
  table: 'aws:dynamodb/table:Table',
  target: 'aws:cloudwatch/eventTarget:EventTarget',
  topic: 'aws:sns/topic:Topic',
  topicPolicy: 'aws:sns/topicPolicy:TopicPolicy',
} as const;

type Inputs = Resource['inputs'];

/** The rendered plan of a stage, as the tests ask about it. */
export function planOf(stage: RenderedStage) {
  const { text, work } = inject('renderings')[stage];
  const { app, resources }: Plan = JSON.parse(text);
  const all = (type: string) => resources.filter((resource) => resource.type === type);
  return {
    app,
    text,
    /** A folder for files of this rendering; it is removed when the tests are done. */
    work,
    resources,
    all,
    /** The inputs of all resources of a type, by one of their inputs. Two that share it are refused. */
    inputsBy: (property: string, type: string) => keyed(all(type), property),
    /** The file that the bundle of a function was written to. */
    bundleOf: (fn: Resource) => path.join(bundleFolder(work, fn.name.replace(/Function$/, '')), 'bundle.mjs'),
  };
}

/** The environment variables in the inputs of a function. */
export function variablesOf(fn: Inputs | undefined): Readonly<Record<string, string>> {
  const environment = fn?.environment as { readonly variables: Record<string, string> } | undefined;
  return environment?.variables ?? {};
}

function keyed(resources: readonly Resource[], property: string): Record<string, Inputs> {
  const byProperty: Record<string, Inputs> = {};
  for (const { inputs, name } of resources) {
    const key = String(inputs[property]);
    if (key in byProperty) throw new Error(`${name} has the same ${property} as another: ${key}`);
    byProperty[key] = inputs;
  }
  return byProperty;
}
