import {
  AwsCallError,
  type DrsSettings,
  type LaunchConfigurations,
  type LaunchTemplates,
  type TemplateSettings,
  type TemplateVersion,
  type VersionNumbers,
} from '@prelaunch/core/apply/ports';

interface Server {
  settings: DrsSettings;
  readonly launchTemplateId: string;
}

interface Template {
  readonly versions: Map<number, TemplateSettings>;
  readonly tokens: Map<string, number>;
  /** The versions made by `createVersion`. */
  readonly own: Set<number>;
  defaultVersion: number;
  lastIssued: number;
}

export interface MemoryAws extends LaunchConfigurations, LaunchTemplates {
  /** Makes a server known, with what its launch settings are before anybody touches them. */
  addServer(serverId: string, initial?: { settings?: DrsSettings; template?: TemplateSettings }): void;
  /** What a launch would use now. */
  live(serverId: string): DrsSettings & TemplateSettings;
  /** How many writes have been made in all. */
  writes(): number;
}

/** DRS and EC2 as far as one account's launch settings go: DRS makes a template version with each update, the last writer wins. */
export function memoryAws(): MemoryAws {
  const servers = new Map<string, Server>();
  const templates = new Map<string, Template>();
  let writes = 0;

  const server = (operation: string, serverId: string) =>
    servers.get(serverId) ??
    notFound(operation, 'ResourceNotFoundException', `Source server ${serverId} does not exist`);
  const template = (operation: string, id: string) =>
    templates.get(id) ??
    notFound(operation, 'InvalidLaunchTemplateId.NotFound', `Launch template ${id} does not exist`);
  const addVersion = (found: Template, settings: TemplateSettings) => {
    found.lastIssued += 1;
    found.versions.set(found.lastIssued, structuredClone(settings));
    return found.lastIssued;
  };
  const versionOf = (id: string, found: Template, versionNumber: number): TemplateVersion => {
    const settings = structuredClone(found.versions.get(versionNumber) ?? {});
    return { launchTemplateId: id, versionNumber, settings, content: settings };
  };
  const numbersOf = ({ defaultVersion, versions }: Template): VersionNumbers => ({
    defaultVersion,
    latestVersion: Math.max(...versions.keys()),
  });

  return {
    addServer(serverId, { settings = {}, template: content = {} } = {}) {
      const launchTemplateId = `lt-${serverId.slice(2)}`;
      servers.set(serverId, { settings: structuredClone(settings), launchTemplateId });
      templates.set(launchTemplateId, {
        versions: new Map([[1, structuredClone(content)]]),
        tokens: new Map(),
        own: new Set(),
        defaultVersion: 1,
        lastIssued: 1,
      });
    },
    live(serverId) {
      const { settings, launchTemplateId } = server('live', serverId);
      const { versions, defaultVersion } = template('live', launchTemplateId);
      return structuredClone({ ...settings, ...versions.get(defaultVersion) });
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
      content.defaultVersion = addVersion(content, content.versions.get(content.defaultVersion) ?? {});
      return structuredClone(found);
    },
    async getDefault(_target, launchTemplateId) {
      const found = template('DescribeLaunchTemplateVersions', launchTemplateId);
      return versionOf(launchTemplateId, found, found.defaultVersion);
    },
    async getLatest(_target, launchTemplateId) {
      const found = template('DescribeLaunchTemplateVersions', launchTemplateId);
      return versionOf(launchTemplateId, found, numbersOf(found).latestVersion);
    },
    async getNumbers(_target, launchTemplateId) {
      return numbersOf(template('DescribeLaunchTemplates', launchTemplateId));
    },
    async createVersion(_target, base, changes, token) {
      const found = template('CreateLaunchTemplateVersion', base.launchTemplateId);
      const known = found.tokens.get(token);
      if (known !== undefined) return versionOf(base.launchTemplateId, found, known);
      writes += 1;
      const number = addVersion(found, merged(base.settings, changes));
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

/** `null` removes. */
function merged(base: TemplateSettings, changes: TemplateSettings): TemplateSettings {
  const { tags: _tags, ...others } = { ...base, ...changes };
  const tags = withoutNulls({ ...base.tags, ...changes.tags });
  const metadataOptions = { ...base.metadataOptions, ...changes.metadataOptions };
  return {
    ...withoutNulls(others),
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(Object.keys(metadataOptions).length > 0 && { metadataOptions }),
  };
}

function withoutNulls<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as T;
}

function notFound(operation: string, awsCode: string, message: string): never {
  const kind = awsCode === 'InvalidLaunchTemplateId.NotFound' ? 'unavailable' : 'refused';
  throw new AwsCallError({ kind, operation, awsCode, message, answered: true, cause: undefined });
}
