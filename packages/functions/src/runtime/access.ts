import { AccessConfigurationError } from '@prelaunch/access/access-configuration-error';
import { cedarGate } from '@prelaunch/access/cedar-gate';
import { AccessConfiguration } from '@prelaunch/contracts/access';
import type { AccessGate } from '@prelaunch/core/access/gate';
import { environment } from './environment.ts';

/** The gate of this deployment. Made once, when the function starts; one that cannot be made keeps the function from starting. */
export function accessGate(): AccessGate {
  return cedarGate(parseAccess(environment('ACCESS_CONFIGURATION').ACCESS_CONFIGURATION));
}

function parseAccess(text: string): AccessConfiguration {
  const { success, data, error } = AccessConfiguration.safeParse(parseJson(text));
  if (success) return data;
  throw new AccessConfigurationError(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AccessConfigurationError(['ACCESS_CONFIGURATION is not JSON']);
  }
}
