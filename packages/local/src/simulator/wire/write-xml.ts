import type { Shape } from './shape.ts';

/** Writes a structure's members as XML elements, by its schema. Members outside the schema are left out. */
export function writeXml(shape: Shape, struct: Readonly<Record<string, unknown>>): string {
  return Object.entries(shape.getMemberSchemas())
    .map(([name, member]) => writeMember(member, member.getMergedTraits().xmlName ?? name, struct[name]))
    .join('');
}

export function xmlElement(name: string, text: string): string {
  return `<${name}>${escaped(text)}</${name}>`;
}

function writeMember(shape: Shape, name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (shape.isListSchema()) return writeList(shape, name, value as unknown[]);
  if (shape.isStructSchema()) return `<${name}>${writeXml(shape, value as Record<string, unknown>)}</${name}>`;
  return xmlElement(name, scalarText(shape, value));
}

function writeList(shape: Shape, name: string, values: readonly unknown[]): string {
  const item = shape.getValueSchema();
  if (shape.getMergedTraits().xmlFlattened !== undefined)
    return values.map((value) => writeMember(item, name, value)).join('');
  const itemName = item.getMergedTraits().xmlName ?? 'member';
  return `<${name}>${values.map((value) => writeMember(item, itemName, value)).join('')}</${name}>`;
}

function scalarText(shape: Shape, value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (shape.isBlobSchema() && value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return String(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => ENTITIES[character] ?? character);
}
