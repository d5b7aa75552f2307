import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BindingSubject } from '@prelaunch/contracts/operations/bindings';
import type { BindingStore, StoredBinding } from '@prelaunch/core/configuration/ports';
import pMap from 'p-map';
import { StoredBindingItem } from './stored-configurations.ts';
import { isAsRead, isUnchanged, type Stored, tableItems } from './table-items.ts';

const QUERIES_AT_ONCE = 8;

/** A binding is under its subject and its priority, so that no subject has two of one priority. */
export function dynamoBindingStore(client: DynamoDBDocumentClient, tableName: string): BindingStore {
  const table = tableItems(client, tableName);

  const ofOne = (subject: string) =>
    bindings(
      table.query({
        KeyConditionExpression: '#subject = :subject',
        ExpressionAttributeNames: { '#subject': 'subject' },
        ExpressionAttributeValues: { ':subject': subject },
      }),
    );

  return {
    async of(subjects) {
      const found = await pMap(new Set(subjects.map(nameOf)), ofOne, { concurrency: QUERIES_AT_ONCE });
      return found.flat();
    },
    all: () => bindings(table.scan()),
    save: (binding) =>
      table.put(
        { ...binding, ...keyOf(binding), version: binding.version + 1 },
        isUnchanged('subject', 'version', binding.version),
      ),
    delete: (binding) => table.delete(keyOf(binding), isAsRead('version', binding.version)),
  };
}

async function bindings(items: AsyncIterable<Stored>): Promise<StoredBinding[]> {
  const found: StoredBinding[] = [];
  for await (const item of items) found.push(bindingOf(item));
  return found;
}

function bindingOf(item: Stored): StoredBinding {
  const { subject, priority, ...others } = StoredBindingItem.parse(item);
  return { ...others, subject: subjectOf(subject), priority: Number(priority) } as StoredBinding;
}

const DIGITS = 4;

/** The priority as text, in the order of the numbers. */
function keyOf({ subject, priority }: StoredBinding) {
  return { subject: nameOf(subject), priority: String(priority).padStart(DIGITS, '0') };
}

/** `user#alice`. The default is of nobody in particular: `default#`. */
function nameOf(subject: BindingSubject): string {
  return `${subject.kind}#${subject.kind === 'default' ? '' : subject.id}`;
}

/** Ids may have a `#`, kinds have none. */
function subjectOf(name: string): BindingSubject {
  const end = name.indexOf('#');
  const kind = name.slice(0, end);
  return BindingSubject.parse(kind === 'default' ? { kind } : { kind, id: name.slice(end + 1) });
}
