import * as z from 'zod';
import type { Call } from '../call.ts';
import { resourceNotFound } from './drs-errors.ts';
import { Tags } from './drs-fields.ts';

const ResourceArn = z.string().min(20).max(2_048).regex(/^arn:/);

export const TagResourceRequest = z.object({ resourceArn: ResourceArn, tags: Tags });
export const UntagResourceRequest = z.object({ resourceArn: ResourceArn, tagKeys: z.array(z.string()).min(1) });
export const ListTagsForResourceRequest = z.object({ resourceArn: ResourceArn });

export function tagResource({ resourceArn, tags }: z.infer<typeof TagResourceRequest>, call: Call): object {
  Object.assign(taggedResource(resourceArn, call).tags, tags);
  return {};
}

export function untagResource({ resourceArn, tagKeys }: z.infer<typeof UntagResourceRequest>, call: Call): object {
  const { tags } = taggedResource(resourceArn, call);
  for (const key of tagKeys) delete tags[key];
  return {};
}

export function listTagsForResource({ resourceArn }: z.infer<typeof ListTagsForResourceRequest>, call: Call): object {
  return { tags: taggedResource(resourceArn, call).tags };
}

function taggedResource(resourceArn: string, { place }: Call): { arn: string; tags: Record<string, string> } {
  const id = resourceArn.split('/').at(-1) ?? '';
  const resource = place.servers.get(id) ?? place.jobs.get(id) ?? place.recoveryInstances.get(id);
  if (resource?.arn !== resourceArn) throw resourceNotFound('Resource', resourceArn);
  return resource;
}
