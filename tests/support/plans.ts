import type { ConfigurationContent } from '@prelaunch/contracts/configuration';
import type { PublishConfigurationResponse, PublishPlan } from '@prelaunch/contracts/operations/configurations';
import { type ConfigurationVersion, contentHash, headOf } from '@prelaunch/core/configuration/configuration';
import { type PreparePlanDeps, preparePlan } from '@prelaunch/core/configuration/publish/prepare-plan';
import type { MadePlan } from '@prelaunch/core/configuration/publish/publish-plan';
import { type PublishVersionDeps, publishVersion } from '@prelaunch/core/configuration/publish/publish-version';
import type { Call } from '@prelaunch/core/operation/call';
import { configurationVersion } from './configurations.ts';
import type { OperationWorld } from './operation-world.ts';

type Caller = Partial<Pick<Call, 'principal' | 'requestId'>>;
type Said = Partial<ConfigurationContent>;

/** Saves what a configuration is to say next, and looks at the plan of publishing it. */
export async function draftPlan(
  world: OperationWorld,
  configurationId: string,
  said: Said,
  as: Caller = {},
): Promise<PublishPlan> {
  await world.ask({ operation: 'save_configuration_draft', configurationId, ...said }, as);
  return (await world.ask({ operation: 'plan_configuration_publish', configurationId }, as)) as PublishPlan;
}

/** Publishes the draft of a configuration as it was planned. */
export async function agree(
  world: OperationWorld,
  { configurationId, planHash }: Pick<PublishPlan, 'configurationId' | 'planHash'>,
  as: Caller = {},
): Promise<PublishConfigurationResponse> {
  const request = { operation: 'publish_configuration', configurationId, planHash, message: 'because' };
  return (await world.ask(request, as)) as PublishConfigurationResponse;
}

/** Saves, plans and publishes, all as one caller. */
export async function say(world: OperationWorld, configurationId: string, said: Said, as: Caller = {}) {
  return agree(world, await draftPlan(world, configurationId, said, as), as);
}

type Deps = PreparePlanDeps & PublishVersionDeps;

export const ANNOUNCEMENT = { maxFailureShare: 0.1, by: 'ops', requestedBy: 'user:ops', correlationId: 'c-1' };

/** What publishing a configuration that says this would do, whoever asks. */
export async function planned(stated: Partial<ConfigurationVersion>, deps: PreparePlanDeps): Promise<MadePlan> {
  const catalogue = await deps.configurations.catalogue();
  const { configurationId } = configurationVersion(stated);
  const retired = Object.hasOwn(catalogue.retired, configurationId) ? catalogue.retired[configurationId] : undefined;
  const version = Math.max(headOf(catalogue, configurationId), retired?.version ?? 0) + 1;
  const next = configurationVersion({ ...stated, version });
  return preparePlan({ ...next, hash: contentHash(next) }, catalogue, deps);
}

/** Publishes it as it is planned, past all operations. Throws where the plan says that it cannot be. */
export async function publishedAsPlanned(stated: Partial<ConfigurationVersion>, deps: Deps): Promise<MadePlan> {
  const plan = await planned(stated, deps);
  if (!plan.publishable) throw new Error(plan.problems.map(({ message }) => message).join('; '));
  await publishVersion(plan.next, ANNOUNCEMENT, await deps.configurations.catalogue(), deps);
  return plan;
}
