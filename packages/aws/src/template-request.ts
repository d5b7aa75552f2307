import { type RequestLaunchTemplateData, RequestLaunchTemplateData$ } from '@aws-sdk/client-ec2';
import { DomainError } from '@prelaunch/core/errors';
import type { TemplateContent } from './template-data.ts';

/** A template holds something that can be read, but not be written again, so it cannot be kept. */
export class UnknownTemplateParameterError extends DomainError {
  override readonly name = 'UnknownTemplateParameterError';
  readonly code = 'template.unknown_parameter';
  readonly parameter: string;

  constructor(parameter: string) {
    super(`the launch template has ${parameter}, which cannot be carried over into a new version`);
    this.parameter = parameter;
  }
}

/** Members of answers that say how something is, not what it shall be. */
const ONLY_IN_ANSWERS = new Set([
  'Operator',
  'MetadataOptions.State',
  // Follows from `PrimaryIpv6` of the interface.
  'NetworkInterfaces.Ipv6Addresses.IsPrimaryIpv6',
]);

/** Content as EC2 answers it, as a request that asks for the same. Throws `UnknownTemplateParameterError` where there is none. */
export function requestOf(content: TemplateContent): RequestLaunchTemplateData {
  return expressed(content, RequestLaunchTemplateData$, '') as RequestLaunchTemplateData;
}

function expressed(value: unknown, reference: unknown, path: string): unknown {
  const schema = schemaOf(reference);
  if (isList(schema) && Array.isArray(value)) return value.map((item) => expressed(item, schema[4], path));
  if (!isStructure(schema)) return value;
  const [, , , , names, members] = schema;
  const entries = Object.entries(value as object).flatMap(([name, member]) => {
    const memberPath = path === '' ? name : `${path}.${name}`;
    if (member === undefined || ONLY_IN_ANSWERS.has(memberPath)) return [];
    const index = names.indexOf(name);
    if (index < 0) throw new UnknownTemplateParameterError(memberPath);
    return [[name, expressed(member, members[index], memberPath)]];
  });
  return Object.fromEntries(entries);
}

/** The SDK's schemas are tuples: kind, namespace, name, traits, and the member names and member schemas, or the item's schema. */
type Structure = readonly [3, string, string, unknown, readonly string[], readonly unknown[]];
type List = readonly [1, string, string, unknown, unknown];

/** A reference to a schema may be a function, and may stand beside traits. */
function schemaOf(reference: unknown): unknown {
  if (typeof reference === 'function') return schemaOf(reference());
  return Array.isArray(reference) && typeof reference[1] !== 'string' ? schemaOf(reference[0]) : reference;
}

function isStructure(schema: unknown): schema is Structure {
  return Array.isArray(schema) && schema[0] === 3;
}

function isList(schema: unknown): schema is List {
  return Array.isArray(schema) && schema[0] === 1;
}
