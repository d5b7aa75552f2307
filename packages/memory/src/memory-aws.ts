import {
  AwsCallError,
  type DrsSettings,
  type LaunchConfigurations,
  type LaunchTemplates,
  type TemplateSettings,
  type TemplateVersion,
  type VersionNumbers,
} from '@prelaunch/core/apply/ports';
import { merged, withoutNulls } from './merged-settings.ts';

/** What Prelaunch does not manage of a launch template: opaque, and nothing of it may change. */
export type Unmanaged = Readonly<Record<string, string>>;

interface Content {
  readonly settings: TemplateSettings;
  readonly unmanaged: Unmanaged;
}

interface Server {
  settings: DrsSettings;
  launchTemplateId: string;
}

interface Template {
  readonly versions: Map<number, Content>;
  readonly tokens: Map<string, number>;
  /** The versions made by `createVersion`. */
  readonly own: Set<number>;
  defaultVersion: number;
  lastIssued: number;
}

export interface Described {
  readonly numbers: VersionNumbers;
  readonly defaultVersion: TemplateVersion;
  readonly latestVersion: TemplateVersion;
}

export interface MemoryAws extends LaunchConfigurations, LaunchTemplates {
  /** Makes a server known, with what its launch settings are before anybody touches them. */
  addServer(
    serverId: string,
    initial?: { settings?: DrsSettings; template?: TemplateSettings; unmanaged?: Unmanaged },
  ): void;
  /** What a launch would use now. */
  live(serverId: string): DrsSettings & TemplateSettings;
  /** What of it Prelaunch does not manage. */
  unmanaged(serverId: string): Unmanaged;
  /** Somebody makes a version on top of the default by hand; it is the default only once it is made so. Answers its number. */
  draft(serverId: string, changes: Partial<Content>): number;
  /** Somebody edits the template by hand: a version on top of the default, and the default at once. */
  edit(serverId: string, changes: Partial<Content>): number;
  /** Somebody deletes the template, and DRS makes another one with nothing in it. */
  replaceTemplate(serverId: string): void;
  /** What describes show of a template now. Undefined where there is none. */
  described(launchTemplateId: string): Described | undefined;
  /** The versions there are, and those of them that Prelaunch made. */
  versions(serverId: string): { readonly all: readonly number[]; readonly own: readonly number[] };
  /** How many writes have been made in all. */
  writes(): number;
}

/** DRS and EC2 as far as one account's launch settings go: DRS makes a template version with each update, the last writer wins. */
export function memoryAws(): MemoryAws {
  const servers = new Map<string, Server>();
  const templates = new Map<string, Template>();
  let writes = 0;
  let replaced = 0;

  const server = (operation: string, serverId: string) =>
    servers.get(serverId) ??
    notFound(operation, 'ResourceNotFoundException', `Source server ${serverId} does not exist`);
  const template = (operation: string, id: string) =>
    templates.get(id) ??
    notFound(operation, 'InvalidLaunchTemplateId.NotFound', `Launch template ${id} does not exist`);
  const addVersion = (found: Template, content: Content) => {
    found.lastIssued += 1;
    found.versions.set(found.lastIssued, structuredClone(content));
    return found.lastIssued;
  };
  const contentOf = ({ versions }: Template, versionNumber: number) =>
    structuredClone(versions.get(versionNumber) ?? EMPTY);
  const versionOf = (id: string, found: Template, versionNumber: number): TemplateVersion => {
    const content = contentOf(found, versionNumber);
    return { launchTemplateId: id, versionNumber, settings: content.settings, content };
  };
  const templateOf = (operation: string, serverId: string) =>
    template(operation, server(operation, serverId).launchTemplateId);
  const draft = (found: Template, { settings, unmanaged }: Partial<Content>) => {
    const base = contentOf(found, found.defaultVersion);
    return addVersion(found, {
      settings: merged(base.settings, settings ?? {}),
      unmanaged: { ...base.unmanaged, ...unmanaged },
    });
  };
  const numbersOf = ({ defaultVersion, versions }: Template): VersionNumbers => ({
    defaultVersion,
    latestVersion: Math.max(...versions.keys()),
  });

  return {
    addServer(serverId, { settings = {}, template: content = {}, unmanaged = {} } = {}) {
      const launchTemplateId = `lt-${serverId.slice(2)}`;
      servers.set(serverId, { settings: structuredClone(settings), launchTemplateId });
      templates.set(launchTemplateId, newTemplate({ settings: content, unmanaged }));
    },
    live(serverId) {
      const found = templateOf('live', serverId);
      const { settings } = contentOf(found, found.defaultVersion);
      return { ...structuredClone(server('live', serverId).settings), ...settings };
    },
    unmanaged(serverId) {
      const found = templateOf('unmanaged', serverId);
      return contentOf(found, found.defaultVersion).unmanaged;
    },
    draft: (serverId, changes) => draft(templateOf('draft', serverId), changes),
    edit(serverId, changes) {
      const found = templateOf('edit', serverId);
      found.defaultVersion = draft(found, changes);
      return found.defaultVersion;
    },
    replaceTemplate(serverId) {
      const found = server('replaceTemplate', serverId);
      templates.delete(found.launchTemplateId);
      replaced += 1;
      found.launchTemplateId = `lt-${serverId.slice(2)}-${replaced}`;
      templates.set(found.launchTemplateId, newTemplate(EMPTY));
    },
    described(launchTemplateId) {
      const found = templates.get(launchTemplateId);
      if (!found) return undefined;
      const numbers = numbersOf(found);
      const at = (versionNumber: number) => versionOf(launchTemplateId, found, versionNumber);
      return { numbers, defaultVersion: at(numbers.defaultVersion), latestVersion: at(numbers.latestVersion) };
    },
    versions(serverId) {
      const { versions, own } = templateOf('versions', serverId);
      return { all: [...versions.keys()], own: [...own] };
    },
    writes: () => writes,

    async get(_target, serverId) {
      return structuredClone(server('GetLaunchConfiguration', serverId));
    },
    async update(_target, serverId, changes) {
      const found = server('UpdateLaunchConfiguration', serverId);
      const content = template('UpdateLaunchConfiguration', found.launchTemplateId);
      writes += 1;
      found.settings = withoutNulls({ ...found.settings, ...structuredClone(changes) });
      content.defaultVersion = addVersion(content, contentOf(content, content.defaultVersion));
      return structuredClone(found);
    },
    async getDefault(_target, launchTemplateId) {
      const found = template('DescribeLaunchTemplateVersions', launchTemplateId);
      return versionOf(launchTemplateId, found, found.defaultVersion);
    },
    async getNumbers(_target, launchTemplateId) {
      return numbersOf(template('DescribeLaunchTemplates', launchTemplateId));
    },
    async createVersion(_target, base, changes, token) {
      const found = template('CreateLaunchTemplateVersion', base.launchTemplateId);
      const known = found.tokens.get(token);
      if (known !== undefined) return versionOf(base.launchTemplateId, found, known);
      writes += 1;
      const { unmanaged = {} } = base.content as Partial<Content>;
      const number = addVersion(found, { settings: merged(base.settings, changes), unmanaged });
      found.tokens.set(token, number);
      found.own.add(number);
      return versionOf(base.launchTemplateId, found, number);
    },
    async setDefault(_target, launchTemplateId, versionNumber) {
      const found = template('ModifyLaunchTemplate', launchTemplateId);
      if (!found.versions.has(versionNumber)) {
        notFound('ModifyLaunchTemplate', 'InvalidLaunchTemplateId.VersionNotFound', `No version ${versionNumber}`);
      }
      writes += 1;
      found.defaultVersion = versionNumber;
      return numbersOf(found);
    },
    async prune(_target, launchTemplateId, keep) {
      const { own, versions, defaultVersion } = template('DeleteLaunchTemplateVersions', launchTemplateId);
      const newest = [...own].sort((one, other) => other - one);
      const old = newest.slice(keep).filter((number) => number !== defaultVersion);
      for (const number of old) {
        own.delete(number);
        versions.delete(number);
      }
      if (old.length > 0) writes += 1;
      return old.length;
    },
  };
}

const EMPTY: Content = { settings: {}, unmanaged: {} };

function newTemplate(content: Content): Template {
  return {
    versions: new Map([[1, structuredClone(content)]]),
    tokens: new Map(),
    own: new Set(),
    defaultVersion: 1,
    lastIssued: 1,
  };
}

function notFound(operation: string, awsCode: string, message: string): never {
  const kind = awsCode.startsWith('InvalidLaunchTemplateId.') ? 'unavailable' : 'refused';
  throw new AwsCallError({ kind, operation, awsCode, message, answered: true, cause: undefined });
}
