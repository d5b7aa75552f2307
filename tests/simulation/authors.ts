import type { OperationRequest, OperationResponse } from '@prelaunch/contracts/operations';
import type { PublishPlan } from '@prelaunch/contracts/operations/configurations';
import { PlanOutdatedError } from '@prelaunch/core/configuration/configuration-errors';
import type { UnderstoodCall } from '@prelaunch/core/operation/call';
import type { ConfigurationRequest } from '@prelaunch/core/operation/configuration-operations';
import { ProblemError } from '@prelaunch/core/problem-error';
import type { Pipeline, Wiring } from './pipeline.ts';
import type { Bound, ConfiguredAction } from './publications.ts';
import type { World } from './world.ts';

type Publishing = Extract<ConfiguredAction, { kind: 'publish' | 'roll_back' }>;
type Answered = (answer: OperationResponse) => void;
type Refused = (error: ProblemError) => void;

/** How often somebody asks who gets no answer, and for how long they wait for one. */
const ASKS_MAX = 3;
const PATIENCE_MS = 30_000;

/** People who work on configurations, through the operations that there are for it. */
export function authorOf(world: World, pipeline: Pipeline, { useCases }: Wiring) {
  const { scheduler, known } = world;

  /** Asks again when nobody answers, or something else than the request is the reason. */
  function ask(
    who: string,
    request: ConfigurationRequest,
    answered: Answered = () => {},
    refused: Refused = () => {},
  ): void {
    let open = true;
    const once = (tries: number) => {
      const again = () => {
        if (open && tries < ASKS_MAX) once(tries + 1);
      };
      const call = understood(request, `${who} ${tries}`);
      pipeline
        .ask('author', `${who} ${described(request)}`, (deps) =>
          useCases.performOnConfigurations(call, new Map(), deps),
        )
        .then(
          (answer) => {
            if (open) answered(answer);
            open = false;
          },
          (error: unknown) => {
            if (!(error instanceof ProblemError)) {
              scheduler.after(1_000, 'asks again', again);
              return;
            }
            if (open) refused(error);
            open = false;
          },
        );
      scheduler.after(PATIENCE_MS, 'has no answer', again);
    };
    once(1);
  }

  function publish(who: string, action: Publishing): void {
    const { configurationId } = action;
    const { version = 0 } = known.catalogue.heads[configurationId] ?? {};
    if (action.kind === 'publish') {
      const draft = { operation: 'save_configuration_draft', configurationId, ...action.content } as const;
      ask(who, draft, () => plan(who, action, undefined));
    } else if (version > 1) plan(who, action, version - 1);
  }

  function plan(who: string, action: Publishing, toVersion: number | undefined): void {
    const { configurationId } = action;
    const request = { operation: 'plan_configuration_publish', configurationId } as const;
    ask(who, { ...request, ...(toVersion !== undefined && { toVersion }) }, (answer) =>
      agree(who, action, toVersion, answer as PublishPlan),
    );
  }

  function agree(
    who: string,
    action: Publishing,
    toVersion: number | undefined,
    { planHash, publishable, problems, catalogueRevision }: PublishPlan,
    isLast = !action.insists,
  ): void {
    known.agreed.set(planHash, catalogueRevision);
    if (!publishable) {
      world.counts.refused += 1;
      scheduler.note(`    ${who} may not publish: ${problems.map(({ message }) => message)}`);
      if (!action.insists) return;
    }
    const { configurationId, maxFailureShare, thinksMs, twice } = action;
    const agreed = { configurationId, planHash, message: 'because', maxFailureShare };
    const request: ConfigurationRequest =
      toVersion === undefined
        ? { operation: 'publish_configuration', ...agreed }
        : { operation: 'rollback_configuration', toVersion, ...agreed };
    const refused: Refused = (error) => {
      if (error instanceof PlanOutdatedError && !isLast) agree(who, action, toVersion, error.plan, true);
    };
    scheduler.after(thinksMs, `${who} agrees`, () => {
      ask(who, request, undefined, refused);
      if (twice) ask(who, request);
    });
  }

  function bind(who: string, { groupId, priority, configuration }: Bound): void {
    const subject = { kind: 'protectionGroup', id: groupId } as const;
    const bindingId = bindingIdOf(groupId, priority);
    const request: ConfigurationRequest = known.bindings.has(bindingId)
      ? { operation: 'update_binding', bindingId, ...configuration }
      : { operation: 'create_binding', subject, priority, ...configuration };
    ask(who, request);
  }

  function unbind(who: string, groupId: string): void {
    const bindingId = [0, 1].map((priority) => bindingIdOf(groupId, priority)).find((id) => known.bindings.has(id));
    if (bindingId !== undefined) ask(who, { operation: 'delete_binding', bindingId });
  }

  /** One that was stopped, if there is any. */
  function resume(who: string, otherwise: string): void {
    const stopped = Object.entries(known.catalogue.rollouts).find(([, { state }]) => state === 'stopped');
    const configurationId = stopped?.[0] ?? otherwise;
    ask(who, { operation: 'resume_configuration_rollout', configurationId }, () => {
      world.counts.resumed += 1;
    });
  }

  return (action: ConfiguredAction): void => {
    const who = `author ${world.counts.authors}`;
    world.counts.authors += 1;
    switch (action.kind) {
      case 'publish':
      case 'roll_back':
        publish(who, action);
        break;
      case 'resume':
        resume(who, action.configurationId);
        break;
      case 'retire':
        ask(who, { operation: 'delete_configuration', configurationId: action.configurationId });
        break;
      case 'bind':
        bind(who, action.bound);
        break;
      case 'unbind':
        unbind(who, action.groupId);
        break;
    }
  };
}

function bindingIdOf(groupId: string, priority: number): string {
  return `protectionGroup:${groupId}:${priority}`;
}

function understood(request: ConfigurationRequest, requestId: string): UnderstoodCall<ConfigurationRequest> {
  const [, name = ''] = requestId.split(' ');
  return {
    input: request,
    request,
    requestId,
    principal: { id: `user:${name}`, grantees: [] },
    by: `${name}@example.com`,
    correlationId: requestId,
    waitMs: 0,
    waveWaitMs: 0,
    readMs: 0,
    catalogue: { revision: 0, heads: {}, retired: {}, rollouts: {}, version: 0 },
  };
}

function described({ operation, ...request }: OperationRequest): string {
  return `${operation} ${JSON.stringify(request)}`;
}
