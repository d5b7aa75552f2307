import type { Call } from '../call.ts';
import type { LaunchTemplate, LaunchTemplateVersion, Place } from '../state.ts';

/** The place as describes of launch templates show it: EC2 is eventually consistent, so they may lag behind the changes. */
export function shownPlace({ place, at, describeLagMs }: Pick<Call, 'place' | 'at' | 'describeLagMs'>): Place {
  if (describeLagMs === 0) return place;
  const asOf = at - describeLagMs;
  const deleted = place.deletedTemplates.filter(({ deletedAt }) => deletedAt > asOf).map(({ template }) => template);
  const existing = [...deleted, ...place.templates.values()].filter(({ createdAt }) => createdAt <= asOf);
  const templates = new Map(existing.map((template) => [template.launchTemplateId, templateAsOf(template, asOf)]));
  return { ...place, templates };
}

function templateAsOf(template: LaunchTemplate, asOf: number): LaunchTemplate {
  if (template.past.changedAt <= asOf) return template;
  const versions = versionsAsOf(template, asOf);
  return {
    ...template,
    defaultVersion: template.past.defaults.findLast(({ at }) => at <= asOf)?.versionNumber ?? 1,
    lastIssuedVersion: Math.max(...versions.map(({ versionNumber }) => versionNumber)),
    versions: new Map(versions.map((version) => [version.versionNumber, version])),
  };
}

function versionsAsOf({ versions, past }: LaunchTemplate, asOf: number): LaunchTemplateVersion[] {
  const deleted = past.deletedVersions.filter(({ deletedAt }) => deletedAt > asOf).map(({ version }) => version);
  return [...versions.values(), ...deleted]
    .filter(({ createdAt }) => createdAt <= asOf)
    .sort((left, right) => left.versionNumber - right.versionNumber);
}
