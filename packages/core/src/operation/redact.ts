import type { OperationResponse } from '@prelaunch/contracts/operations';
import type { ShownStatus } from '@prelaunch/contracts/operations/launch-configs';
import type { ProtectionGroup } from '@prelaunch/contracts/operations/protection-groups';
import type { StatusError } from '@prelaunch/contracts/status';

const REDACTED = '[redacted]';

/** An answer for those who may see how a group stands but not its settings: which are stated, not what they say. */
export function redacted<Response extends OperationResponse>(response: Response): Response {
  return {
    ...response,
    ...('errors' in response && { errors: response.errors.map(withoutValue) }),
    ...('serverConfigs' in response && withoutValues(response)),
    ...('launchConfig' in response && withoutSettings(response)),
    ...('notReady' in response && {
      notReady: response.notReady.map((one) => ({ ...one, errors: one.errors.map(withoutValue) })),
      failedJobs: response.failedJobs.map((one) => ({ ...one, error: withoutValue(one.error) })),
    }),
  };
}

function withoutSettings({ launchConfig, serverOverrides, launchConfigStatus }: ProtectionGroup) {
  return {
    launchConfig: launchConfig && emptied(launchConfig),
    serverOverrides: Object.fromEntries(Object.entries(serverOverrides).map(([id, own]) => [id, emptied(own)])),
    launchConfigStatus: withoutValues(launchConfigStatus),
  };
}

function withoutValues<Status extends ShownStatus>(status: Status): Status {
  const configs = Object.entries(status.serverConfigs);
  return {
    ...status,
    serverConfigs: Object.fromEntries(
      configs.map(([id, config]) => [id, { ...config, errors: config.errors.map(withoutValue) }]),
    ),
    errors: status.errors.map(withoutValue),
  };
}

function emptied(settings: object): Record<string, unknown> {
  return Object.fromEntries(Object.keys(settings).map((name) => [name, REDACTED]));
}

/** The code, the place and the way out stay; what was stated, and texts that quote it, do not. */
function withoutValue({ value, message: _message, ...error }: StatusError): StatusError {
  return { ...error, message: REDACTED, ...(value !== undefined && { value: REDACTED }) };
}
