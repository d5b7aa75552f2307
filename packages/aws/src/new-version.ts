import { isDeepStrictEqual } from 'node:util';
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { type TemplateSettings, type TemplateVersion, UnmanagedContentError } from '@prelaunch/core/apply/ports';
import { edited, type TemplateContent, type TemplateEdits } from './template-data.ts';
import { requestOf } from './template-request.ts';

type Parameter = keyof TemplateContent;

/** How a version with changes is asked for, and what has to come of it. */
export interface NewVersion {
  readonly data: RequestLaunchTemplateData;
  /** Whether parameters that are not in `data` come from the base. */
  readonly inherits: boolean;
  readonly expected: TemplateContent;
}

/**
 * A parameter that is sent replaces the inherited one whole, so lists and objects go out complete. An inherited parameter cannot
 * be taken away, so where one has to go, everything else is sent and nothing inherited.
 */
export function newVersion(base: TemplateVersion, changes: TemplateSettings): NewVersion {
  const content = contentOf(base);
  const expected = edited(content, changes);
  const changed = parametersOf(content, expected).filter((name) => !isDeepStrictEqual(content[name], expected[name]));
  // Names of security groups cannot be moved into an interface, and stop a launch where they are.
  if (changed.includes('NetworkInterfaces') && expected.SecurityGroups?.length) {
    throw new UnmanagedContentError(base.launchTemplateId, ['SecurityGroups']);
  }
  const inherits = changed.every((name) => expected[name] !== undefined);
  const sent = inherits ? only(expected, [...changed, ...notInherited(content)]) : expected;
  return { data: requestOf(sent), inherits, expected };
}

/** Throws `UnmanagedContentError` when AWS made something else of what the changes do not touch. */
export function assertKept(made: TemplateVersion, expected: TemplateContent, changes: TemplateSettings): void {
  const apart = leavingOut(changes);
  const [wanted, found] = [expected, contentOf(made)].map((content) => edited(content, apart)) as [
    TemplateContent,
    TemplateContent,
  ];
  const differing = parametersOf(wanted, found).filter((name) => meaning(wanted, name) !== meaning(found, name));
  if (differing.length > 0) throw new UnmanagedContentError(made.launchTemplateId, differing);
}

function contentOf({ content }: TemplateVersion): TemplateContent {
  return content as TemplateContent;
}

function parametersOf(...contents: readonly TemplateContent[]): Parameter[] {
  return [...new Set(contents.flatMap((content) => Object.keys(content) as Parameter[]))];
}

function only(content: TemplateContent, names: readonly Parameter[]): TemplateContent {
  return Object.fromEntries(names.map((name) => [name, content[name]]));
}

/** Snapshots are the one thing that a version does not inherit from its source. */
function notInherited({ BlockDeviceMappings: disks = [] }: TemplateContent): Parameter[] {
  return disks.some(({ Ebs }) => Ebs?.SnapshotId) ? ['BlockDeviceMappings'] : [];
}

/** Edits after which two contents are the same in all that the changes touch. */
function leavingOut({ tags, metadataOptions, ...changes }: TemplateSettings): TemplateEdits {
  return {
    ...withoutValues(changes),
    ...(tags && { tags: withoutValues(tags) }),
    ...(metadataOptions && { metadataOptions: withoutValues(metadataOptions) }),
  };
}

function withoutValues<Stated extends object>(stated: Stated): { [Name in keyof Stated]: null } {
  return Object.fromEntries(Object.keys(stated).map((name) => [name, null])) as { [Name in keyof Stated]: null };
}

/** What a parameter says, for comparison: undefined when it says nothing. */
function meaning(content: TemplateContent, name: Parameter): string | undefined {
  // EC2's own remarks, which it makes anew for every version.
  if (name === 'Operator') return undefined;
  const { State: _state, ...options } = content.MetadataOptions ?? {};
  return canonical(name === 'MetadataOptions' ? options : content[name]);
}

/** The elements of lists are told apart by what is in them, not by their places; what is empty says nothing. */
function canonical(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Date) return JSON.stringify(value);
  const parts = Array.isArray(value)
    ? value.map(canonical)
    : Object.entries(value).map(([name, member]) => joined(name, canonical(member)));
  const telling = parts.filter((part) => part !== undefined).sort();
  return telling.length > 0 ? `${Array.isArray(value) ? 'list' : 'of'}(${telling.join()})` : undefined;
}

function joined(name: string, member: string | undefined): string | undefined {
  return member === undefined ? undefined : `${name}:${member}`;
}
