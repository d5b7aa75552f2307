import { randomUUID } from 'node:crypto';
import type { Service, ServiceAnswer } from '../endpoint/service.ts';
import type { EmbeddedSqs } from '../queues/embedded-sqs.ts';
import { type FauxqsTopicAction, FauxqsTopicRefusal, loadFauxqsTopics } from './fauxqs-topics.ts';
import { TopicDoesNotExistError } from './topic-does-not-exist-error.ts';
import { addTopic, nameSubscriptionsByTopic } from './topic-store.ts';

export interface EmbeddedSns {
  readonly service: Service;
  createTopic(name: string, displayName: string): void;
  topicArn(name: string): string;
  /** Publishes to a topic; throws TopicDoesNotExistError. */
  publish(topicName: string, message: string): void;
}

export interface EmbeddedSnsOptions {
  readonly accountId: string;
  readonly region: string;
  /** Whose queues may subscribe. */
  readonly sqs: Pick<EmbeddedSqs, 'store' | 'queueArn'>;
}

type Form = Readonly<Record<string, string>>;

/** What fauxqs answers as the owner of everything. */
const FAUXQS_OWNER = '<Owner>000000000000</Owner>';

/** SNS in process and in memory, for topics of the topology and queues of the embedded SQS. */
export async function createEmbeddedSns({ accountId, region, sqs }: EmbeddedSnsOptions): Promise<EmbeddedSns> {
  const { Store, actions } = await loadFauxqsTopics();
  const topicArn = (name: string) => `arn:aws:sns:${region}:${accountId}:${name}`;
  const store = new Store();
  nameSubscriptionsByTopic(store);
  const run = (action: FauxqsTopicAction, form: Form) =>
    action(form, store, sqs.store).replaceAll(FAUXQS_OWNER, `<Owner>${accountId}</Owner>`);

  return {
    async service({ body }, record) {
      const form: Form = Object.fromEntries(new URLSearchParams(body));
      const { Action: name = '' } = form;
      const action = actions.get(name);
      if (!action) return refusal(400, 'InvalidAction', `Not available here: ${name}`);
      record(name, topicsOf(form));
      const problem = name === 'Subscribe' ? subscriberProblem(form, sqs) : undefined;
      return problem ? refusal(400, 'InvalidParameter', problem) : answer(() => run(action, form));
    },
    createTopic: (name, displayName) => addTopic(store, { arn: topicArn(name), name, accountId, displayName }),
    topicArn,
    publish(topicName, Message) {
      const TopicArn = topicArn(topicName);
      const action = actions.get('Publish');
      if (!action || !store.getTopic(TopicArn)) throw new TopicDoesNotExistError(topicName);
      run(action, { TopicArn, Message });
    },
  };
}

/** Others than queues of this machine would be taken, and never get anything. */
function subscriberProblem({ Protocol, Endpoint = '' }: Form, { store, queueArn }: EmbeddedSnsOptions['sqs']) {
  if (Protocol !== 'sqs') return 'Invalid parameter: Protocol. Only sqs is available here.';
  const name = Endpoint.slice(Endpoint.lastIndexOf(':') + 1);
  const isHere = Endpoint === queueArn(name) && store.getQueueByName(name) !== undefined;
  return isHere ? undefined : 'Invalid parameter: Endpoint. Only queues that exist here are available.';
}

function answer(run: () => string): ServiceAnswer {
  try {
    return xml(200, run());
  } catch (error) {
    const refused = FauxqsTopicRefusal.safeParse(error);
    if (!refused.success) throw error;
    const { statusCode, code, message } = refused.data;
    return refusal(statusCode, code, message);
  }
}

function refusal(status: number, code: string, message: string): ServiceAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  return xml(status, `<ErrorResponse>${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`);
}

function xml(status: number, body: string): ServiceAnswer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function topicsOf({ TopicArn }: Form): string[] {
  return TopicArn === undefined ? [] : [TopicArn.slice(TopicArn.lastIndexOf(':') + 1)];
}
