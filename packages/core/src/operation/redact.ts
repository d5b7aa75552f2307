import type { KeyProvenance } from '@prelaunch/contracts/configuration';
import type { OperationName, OperationResponse, operations } from '@prelaunch/contracts/operations';
import type { PublishProblem } from '@prelaunch/contracts/operations/configurations';
import type { InstanceDrift } from '@prelaunch/contracts/operations/drift';
import type { ShownStatus } from '@prelaunch/contracts/operations/launch-configs';
import type { ProtectionGroup } from '@prelaunch/contracts/operations/protection-groups';
import type { StatusError } from '@prelaunch/contracts/status';
import type * as z from 'zod';

const REDACTED = '[redacted]';

type ResponseOf<Name extends OperationName> = z.output<(typeof operations)[Name]['response']>;

/** What each answer has of settings. An operation that is added has to say so here. */
const REDACTIONS: { readonly [Name in OperationName]: (response: ResponseOf<Name>) => ResponseOf<Name> } = {
  list_protection_groups: unchanged,
  create_protection_group: groupWithout,
  get_protection_group: groupWithout,
  update_protection_group: groupWithout,
  delete_protection_group: unchanged,
  add_servers_to_group: groupWithout,
  remove_servers_from_group: groupWithout,
  apply_launch_configs: (response) => ({ ...response, errors: response.errors.map(withoutValue) }),
  get_launch_config_status: statusWithout,
  start_wave_recovery: (response) => ({
    ...response,
    notReady: response.notReady.map((one) => ({ ...one, errors: one.errors.map(withoutValue) })),
    failedJobs: response.failedJobs.map((one) => ({ ...one, error: withoutValue(one.error) })),
  }),
  get_audit_log: unchanged,
  audit_protection_group: unchanged,
  list_instance_drift: unchanged,
  get_instance_drift: driftWithout,
  remediate_instance: driftWithout,
  resolve_configuration: (response) => ({
    ...response,
    settings: emptied(response.settings),
    configHash: REDACTED,
    provenance: Object.fromEntries(Object.entries(response.provenance).map(([key, one]) => [key, unvalued(one)])),
    problems: response.problems.map(problemWithout),
  }),
  list_configurations: (response) => ({ ...response, configurations: response.configurations.map(hashWithout) }),
  get_configuration: (response) => hashWithout(contentWithout(response)),
  list_configuration_versions: (response) => ({ ...response, versions: response.versions.map(hashWithout) }),
  compare_configuration_versions: (response) => ({ ...response, differences: response.differences.map(changeWithout) }),
  get_configuration_draft: contentWithout,
  save_configuration_draft: contentWithout,
  discard_configuration_draft: unchanged,
  plan_configuration_publish: (response) => ({
    ...response,
    planHash: REDACTED,
    changes: response.changes.map(changeWithout),
    problems: response.problems.map(problemWithout),
  }),
  publish_configuration: hashWithout,
  rollback_configuration: hashWithout,
  resume_configuration_rollout: unchanged,
  delete_configuration: unchanged,
  get_configuration_graph: unchanged,
  list_bindings: unchanged,
  create_binding: unchanged,
  update_binding: unchanged,
  delete_binding: unchanged,
};

/** An answer for those who may see how a group stands but not its settings: which are stated, not what they say. */
export function redacted(operation: OperationName, response: OperationResponse): OperationResponse {
  return (REDACTIONS[operation] as (response: OperationResponse) => OperationResponse)(response);
}

function unchanged<Response>(response: Response): Response {
  return response;
}

function groupWithout({
  launchConfig,
  serverOverrides,
  launchConfigStatus,
  ...group
}: ProtectionGroup): ProtectionGroup {
  return {
    ...group,
    launchConfig: launchConfig && emptied(launchConfig),
    serverOverrides: Object.fromEntries(Object.entries(serverOverrides).map(([id, own]) => [id, emptied(own)])),
    launchConfigStatus: statusWithout(launchConfigStatus),
  };
}

/** Hashes go too: where a setting has few values, its hash tells which. */
function statusWithout<Status extends ShownStatus>(status: Status): Status {
  const configs = Object.entries(status.serverConfigs).map(([id, { errors, configHash, ...config }]) => {
    return [id, { ...config, configHash: configHash && REDACTED, errors: errors.map(withoutValue) }];
  });
  return { ...status, serverConfigs: Object.fromEntries(configs), errors: status.errors.map(withoutValue) };
}

function contentWithout<Content extends { settings: object; variants: Record<string, object> }>(
  content: Content,
): Content {
  const variants = Object.entries(content.variants).map(([pattern, settings]) => [pattern, emptied(settings)]);
  return { ...content, settings: emptied(content.settings), variants: Object.fromEntries(variants) };
}

/** Where settings have few values, a hash of them tells which. */
function hashWithout<Version extends { hash: string }>(version: Version): Version {
  return { ...version, hash: REDACTED };
}

function unvalued({ winner, losers }: KeyProvenance): KeyProvenance {
  return {
    winner: winner && { ...winner, value: REDACTED },
    losers: losers.map((loser) => ({ ...loser, value: REDACTED })),
  };
}

/** That something changes is told, and not from what to what. */
function changeWithout<Change extends { from?: unknown; to?: unknown }>(change: Change): Change {
  return {
    ...change,
    ...(change.from !== undefined && { from: REDACTED }),
    ...(change.to !== undefined && { to: REDACTED }),
  };
}

function problemWithout({ value, ...problem }: PublishProblem): PublishProblem {
  return { ...problem, message: REDACTED, allowed: REDACTED, ...(value !== undefined && { value: REDACTED }) };
}

/** That a key differs is told, and how much that weighs; not what it was, is or should be. */
function driftWithout(drift: InstanceDrift): InstanceDrift {
  const { baseline, differences, notes, remediation, unknown, history } = drift;
  return {
    ...drift,
    unknown: unknown && { ...unknown, message: REDACTED },
    differences: differences.map((one) => ({ ...one, desired: REDACTED, baseline: REDACTED, observed: REDACTED })),
    // Why AWS does something by itself tells what is stated; why somebody answers for a difference stands in the policy.
    notes: notes.map((one) => ({
      ...one,
      observed: REDACTED,
      ...(one.policy !== 'ignored' && { reason: REDACTED }),
    })),
    baseline: baseline && { ...baseline, hash: REDACTED, settings: emptied(baseline.settings) },
    remediation: {
      ...remediation,
      reason: remediation.reason && REDACTED,
      keys: remediation.keys.map((one) => ({
        ...one,
        from: REDACTED,
        to: REDACTED,
        ...(one.reason !== undefined && { reason: REDACTED }),
      })),
    },
    // What AWS said when an audit failed stands there too.
    history: history.map((entry) => ({ ...entry, ...(entry.detail !== undefined && { detail: REDACTED }) })),
  };
}

function emptied(settings: object): Record<string, unknown> {
  return Object.fromEntries(Object.keys(settings).map((name) => [name, REDACTED]));
}

/** The code, the place and the way out stay; what was stated, and texts that quote it or the network around it, do not. */
function withoutValue({ value, allowed, message: _message, ...error }: StatusError): StatusError {
  return {
    ...error,
    message: REDACTED,
    ...(value !== undefined && { value: REDACTED }),
    ...(allowed !== undefined && { allowed: REDACTED }),
  };
}
