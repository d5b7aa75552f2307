import { createSchema } from 'zod-openapi';
import { componentSchemas } from '../component-schemas.ts';
import { withTexts } from '../schema-texts.ts';
import { type DescribedEvent, described } from './described-events.ts';

/** The events as AsyncAPI 3.0, from their definitions. */
export function asyncapiDocument(version: string) {
  const schemas: Record<string, unknown> = {};
  const messages = Object.fromEntries(
    described.map((event) => {
      const { schema, components } = createSchema(event.definition.envelope, {
        io: 'input',
        schemaComponents: componentSchemas,
        opts: { override: withTexts },
      });
      Object.assign(schemas, components);
      return [event.key, messageObject(event, schema)];
    }),
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Prelaunch events',
      version,
      description: [
        'What Prelaunch takes from and publishes to its bus of Amazon EventBridge.',
        'Events may be published more than once and may overtake each other. What Prelaunch publishes has the source `prelaunch`.',
        'The payloads are events as rules and targets see them: EventBridge adds `id`, `time`, `account` and more.',
      ].join('\n\n'),
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      eventbridge: {
        host: 'events.{region}.amazonaws.com',
        protocol: 'https',
        description: 'Amazon EventBridge, called with `events:PutEvents`.',
        variables: { region: { default: 'us-east-1', description: 'The Region of the deployment.' } },
      },
    },
    channels: { bus: busChannel() },
    operations: operations(),
    components: {
      messages,
      schemas: usedOf(schemas, messages),
      securitySchemes: {
        sigV4: {
          type: 'httpApiKey',
          in: 'header',
          name: 'Authorization',
          description:
            'A request that is signed with AWS Signature Version 4; IAM decides who may publish and subscribe.',
        },
      },
    },
  };
}

function busChannel() {
  return {
    address: 'prelaunch-{stage}',
    title: 'The event bus',
    description: 'The bus of a stage. On one machine its name is `prelaunch`.',
    servers: [{ $ref: '#/servers/eventbridge' }],
    parameters: { stage: { description: 'The stage that was deployed.' } },
    messages: Object.fromEntries(described.map(({ key }) => [key, { $ref: `#/components/messages/${key}` }])),
  };
}

/** From the side of Prelaunch: what it receives, and what it sends. */
function operations() {
  const receives = described.filter(({ isReceived }) => isReceived);
  return Object.fromEntries([
    ...receives.map(({ key, summaries }) => [`receive${key}`, operationObject('receive', key, summaries.receive)]),
    ...described.map(({ key, summaries }) => [`send${key}`, operationObject('send', key, summaries.send)]),
  ]);
}

function operationObject(action: 'receive' | 'send', key: string, summary: string | undefined) {
  const messages = [{ $ref: `#/channels/bus/messages/${key}` }];
  const security = [{ $ref: '#/components/securitySchemes/sigV4' }];
  return { action, channel: { $ref: '#/channels/bus' }, summary, security, messages };
}

function messageObject({ key, definition, summaries, example }: DescribedEvent, payload: unknown) {
  return {
    name: key,
    title: definition.type,
    summary: summaries.receive ?? summaries.send,
    contentType: 'application/json',
    payload,
    examples: [{ name: 'example', payload: example }],
  };
}

/** The schemas that messages refer to, and those that these refer to, by name. */
function usedOf(schemas: Readonly<Record<string, unknown>>, messages: unknown): Record<string, unknown> {
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit(messages);
  return Object.fromEntries([...used].sort().map((name) => [name, schemas[name]]));
}
