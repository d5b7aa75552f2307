import { ServiceError } from '../errors.ts';
import type { QueryService, Shape } from './shape.ts';

/** A form's dotted names as a tree: `Tag.1.Key=a` is Tag -> 1 -> Key -> 'a'. */
interface FormNode {
  value: string | undefined;
  children: Map<string, FormNode>;
}

const PROTOCOL_PARAMETERS = [
  'Action',
  'Version',
  'AWSAccessKeyId',
  'Signature',
  'SignatureMethod',
  'SignatureVersion',
  'Timestamp',
];

/** Reads a query form into the operation's input, by its schema. Parameters outside the schema are refused, as AWS does. */
export function readQueryForm(service: QueryService, shape: Shape, form: URLSearchParams): Record<string, unknown> {
  const root = treeOf(form);
  for (const name of PROTOCOL_PARAMETERS) root.children.delete(name);
  return readStruct(service, shape, root, '');
}

function treeOf(form: URLSearchParams): FormNode {
  const root: FormNode = { value: undefined, children: new Map() };
  for (const [name, value] of form) {
    let node = root;
    for (const part of name.split('.')) {
      const child = node.children.get(part) ?? { value: undefined, children: new Map<string, FormNode>() };
      node.children.set(part, child);
      node = child;
    }
    node.value = value;
  }
  return root;
}

function readStruct(service: QueryService, shape: Shape, node: FormNode, path: string): Record<string, unknown> {
  const unread = new Set(node.children.keys());
  const struct: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.getMemberSchemas())) {
    const wireName = wireNameOf(service, name, member);
    const child = node.children.get(wireName);
    if (!child) continue;
    unread.delete(wireName);
    struct[name] = readValue(service, member, child, `${path}${wireName}`);
  }
  const [unknown] = unread;
  if (unknown !== undefined) {
    throw new ServiceError(400, 'UnknownParameter', `The parameter ${path}${unknown} is not recognized`);
  }
  return struct;
}

/** EC2 capitalises what the model calls by its XML name; plain query services send names as they are. */
export function wireNameOf(service: QueryService, name: string, member: Shape): string {
  const { ec2QueryName, xmlName = name } = member.getMergedTraits();
  if (service !== 'ec2') return xmlName;
  return ec2QueryName ?? `${xmlName.charAt(0).toUpperCase()}${xmlName.slice(1)}`;
}

function readValue(service: QueryService, shape: Shape, node: FormNode, path: string): unknown {
  if (shape.isStructSchema()) return readStruct(service, shape, node, `${path}.`);
  if (shape.isListSchema()) return readList(service, shape, node, path);
  return readScalar(shape, node.value ?? '', path);
}

function readList(service: QueryService, shape: Shape, node: FormNode, path: string): unknown[] {
  const isFlat = service === 'ec2' || shape.getMergedTraits().xmlFlattened !== undefined;
  const items = (isFlat ? node : node.children.get(shape.getValueSchema().getMergedTraits().xmlName ?? 'member'))
    ?.children;
  return [...(items ?? [])]
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([index, item]) => readValue(service, shape.getValueSchema(), item, `${path}.${index}`));
}

function readScalar(shape: Shape, text: string, path: string): unknown {
  if (shape.isBooleanSchema()) return readBoolean(text, path);
  if (shape.isNumericSchema()) return readNumber(text, path);
  if (shape.isTimestampSchema()) return readTimestamp(text, path);
  if (shape.isBlobSchema()) return Buffer.from(text, 'base64');
  return text;
}

function readBoolean(text: string, path: string): boolean {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw invalidValue(text, path);
}

function readNumber(text: string, path: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) throw invalidValue(text, path);
  return value;
}

function readTimestamp(text: string, path: string): Date {
  const value = new Date(text);
  if (Number.isNaN(value.getTime())) throw invalidValue(text, path);
  return value;
}

function invalidValue(text: string, path: string): ServiceError {
  return new ServiceError(400, 'InvalidParameterValue', `Value (${text}) for parameter ${path} is invalid.`);
}
