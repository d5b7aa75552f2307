import crypto from 'node:crypto';
import { writeFileSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  RegisterResourceResponse,
} from '@pulumi/pulumi/proto/resource_pb.js';
import { MockMonitor } from '@pulumi/pulumi/runtime/mocks.js';
import { deserializeProperties } from '@pulumi/pulumi/runtime/rpc.js';
import { disconnect, setMockOptions } from '@pulumi/pulumi/runtime/settings.js';
import type { App, Plan, Resource } from './plan-format.ts';
import { createdResource, providerCall } from './provider-stub.ts';

type Registered = (error: unknown, response: RegisterResourceResponse) => void;

/** An in-memory engine that keeps every resource it is asked to register. */
class RecordingMonitor extends MockMonitor {
  readonly recorded: Resource[] = [];

  override registerResource(request: RegisterResourceRequest, registered: Registered): Promise<void> {
    this.recorded.push(recordOf(request));
    return super.registerResource(request, registered);
  }

  // Outputs of components are of no use here, and the base class refuses those of resources that failed.
  override registerResourceOutputs(
    _: RegisterResourceOutputsRequest,
    done: (error: unknown, response: object) => void,
  ) {
    done(null, {});
  }
}

/** Runs the program of sst.config.ts against the recorder, and writes what a deployment would create to `file`. */
export async function record(app: App, program: () => Promise<unknown>, file: string): Promise<never> {
  process.on('unhandledRejection', fail);
  process.on('uncaughtException', fail);
  // SST adds a random suffix to names that are not given; a constant one makes every plan reproducible.
  Object.assign(crypto, { randomBytes: (size: number) => Buffer.alloc(size) });

  const mocks = { newResource: createdResource, call: providerCall };
  // `setMocks` turns on the features that mocks support; the recorder then takes the place of the monitor it has made.
  await pulumi.runtime.setMocks(mocks, app.name, app.stage, false);
  const monitor = new RecordingMonitor(mocks);
  setMockOptions(monitor, app.name, app.stage, false);

  await pulumi.runtime.runInPulumiStack(program);
  await disconnect();
  writeFileSync(file, planText({ app, resources: monitor.recorded }));
  process.exit(0);
}

function recordOf(request: RegisterResourceRequest): Resource {
  const inputs = request.getObject();
  return {
    type: request.getType(),
    name: request.getName(),
    parent: shortUrn(request.getParent()),
    custom: request.getCustom(),
    inputs: inputs ? deserializeProperties(inputs) : {},
    dependsOn: request.getDependenciesList().map(shortUrn).sort(),
    retainOnDelete: request.getRetainondelete() ?? false,
    protect: request.getProtect() ?? false,
  };
}

/** Registration order depends on timing, so resources are sorted. */
function planText({ app, resources }: Plan): string {
  const key = ({ type, name }: Resource) => `${type} ${name}`;
  const sorted = [...resources].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return JSON.stringify({ app, resources: sorted.map(unwrapSecrets) }, null, 2);
}

/** The property by which the engine marks a value as one of its special kinds, here always a secret. */
const SPECIAL_KIND = '4dabf18193072939515e22adb298388d';

function unwrapSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapSecrets);
  if (typeof value !== 'object' || value === null) return value;
  if (SPECIAL_KIND in value && 'value' in value) return unwrapSecrets(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapSecrets(inner)]));
}

/** `urn:pulumi:stage::app::parent$type::name` -> `type::name`. */
function shortUrn(urn: string): string {
  return urn.split('::').slice(2).join('::').replace(/^.*\$/, '');
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}
