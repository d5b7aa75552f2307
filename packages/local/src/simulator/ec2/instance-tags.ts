import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import type { Place } from '../state.ts';
import { invalidParameter, missingParameter } from './ec2-errors.ts';
import { changeInstance, type Identified, namedInstances } from './named-instances.ts';

const TAGS_MAX = 50;
const KEY_LENGTH_MAX = 128;
const VALUE_LENGTH_MAX = 256;

/** Sets tags of instances; other resources cannot be tagged here. Tags of AWS itself do not count against the limit. */
export function createTags({ Resources, Tags }: Partial<Ec2.CreateTagsRequest>, { place }: Call): object {
  const instances = taggedInstances(Resources, place);
  if (!Tags?.length) throw missingParameter('Tag');
  assertTags(Tags);
  const changed = instances.map((instance) => ({ id: instance.InstanceId, tags: withTags(instance, Tags) }));
  for (const { id, tags } of changed) changeInstance(id, { Tags: tags }, place);
  return {};
}

/** Without tags, all go but those of AWS itself. A tag with a value, though it be empty, goes only if it has that value. */
export function deleteTags({ Resources, Tags }: Partial<Ec2.DeleteTagsRequest>, { place }: Call): object {
  const instances = taggedInstances(Resources, place);
  assertTags(Tags ?? []);
  const isNamed = (tag: Ec2.Tag): boolean =>
    Tags?.length ? Tags.some(({ Key, Value }) => Key === tag.Key && (Value ?? tag.Value) === tag.Value) : !isOfAws(tag);
  for (const { InstanceId, Tags: before = [] } of instances)
    changeInstance(InstanceId, { Tags: before.filter((tag) => !isNamed(tag)) }, place);
  return {};
}

function taggedInstances(ids: readonly string[] | undefined, place: Place): Identified[] {
  if (!ids?.length) throw missingParameter('ResourceId');
  const other = ids.find((id) => !id.startsWith('i-'));
  if (other !== undefined) throw new ServiceError(400, 'InvalidID', `The ID '${other}' is not valid`);
  return namedInstances(ids, place);
}

function withTags({ InstanceId, Tags: before = [] }: Identified, set: readonly Ec2.Tag[]): Ec2.Tag[] {
  const tags = new Map(before.map((tag) => [tag.Key, tag]));
  for (const { Key, Value = '' } of set) tags.set(Key, { Key, Value });
  const after = [...tags.values()];
  if (after.filter((tag) => !isOfAws(tag)).length > TAGS_MAX) {
    const message = `The maximum number of tags of ${InstanceId} has been reached: ${TAGS_MAX}`;
    throw new ServiceError(400, 'TagLimitExceeded', message);
  }
  return after;
}

function assertTags(tags: readonly Ec2.Tag[]): void {
  for (const { Key = '', Value = '' } of tags) {
    if (Key === '') throw invalidParameter('Tag key cannot be empty');
    if (isOfAws({ Key })) throw invalidParameter("Tag keys starting with 'aws:' are reserved for internal use");
    if (Key.length > KEY_LENGTH_MAX)
      throw invalidParameter(`Tag key exceeds the maximum length of ${KEY_LENGTH_MAX} characters`);
    if (Value.length > VALUE_LENGTH_MAX)
      throw invalidParameter(`Tag value exceeds the maximum length of ${VALUE_LENGTH_MAX} characters`);
  }
}

function isOfAws({ Key = '' }: Ec2.Tag): boolean {
  return /^aws:/i.test(Key);
}
