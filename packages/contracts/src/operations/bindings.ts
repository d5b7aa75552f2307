import * as z from 'zod';
import { ConfigurationRef, VersionNumber } from '../configuration.ts';
import { ConfigurationId, GroupId } from '../ids.ts';
import { SubjectName } from './configurations.ts';
import { caller, repeatable, wholeNumber } from './fields.ts';

const SUBJECT = 'an object { kind, id }, with kind one of user, userGroup, protectionGroup, or { kind: "default" }';

/** Whom a binding is for. `default` is for users to whom no other binding applies. */
export const BindingSubject = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('user'), id: SubjectName }),
    z.strictObject({ kind: z.literal('userGroup'), id: SubjectName }),
    z.strictObject({ kind: z.literal('protectionGroup'), id: GroupId }),
    z.strictObject({ kind: z.literal('default') }),
  ],
  { error: SUBJECT },
);
export type BindingSubject = z.output<typeof BindingSubject>;

const target = {
  configurationId: ConfigurationId,
  version: VersionNumber.optional().meta({ description: 'Pins it; without one, what is published is followed.' }),
};

const BINDING = 'a bindingId of an earlier answer';
const BindingId = z.string({ error: BINDING }).min(1, BINDING).max(256, BINDING);

export const CreateBindingRequest = z.strictObject({
  operation: z.literal('create_binding'),
  subject: BindingSubject,
  priority: wholeNumber(0, 9999).meta({
    description:
      'Of several bindings of one kind the highest wins, then the first id. No two of one subject are the same.',
  }),
  ...target,
  ...repeatable,
});
export type CreateBindingRequest = z.output<typeof CreateBindingRequest>;

export const UpdateBindingRequest = z.strictObject({
  operation: z.literal('update_binding'),
  bindingId: BindingId,
  ...target,
  ...repeatable,
});
export type UpdateBindingRequest = z.output<typeof UpdateBindingRequest>;

export const DeleteBindingRequest = z.strictObject({
  operation: z.literal('delete_binding'),
  bindingId: BindingId,
  ...repeatable,
});
export type DeleteBindingRequest = z.output<typeof DeleteBindingRequest>;

export const ListBindingsRequest = z.strictObject({ operation: z.literal('list_bindings'), ...caller });

export const Binding = z.object({
  bindingId: z.string(),
  subject: BindingSubject,
  priority: z.number(),
  configuration: ConfigurationRef,
  changedBy: z.string(),
  changedAt: z.iso.datetime(),
});
export type Binding = z.output<typeof Binding>;

export const ListBindingsResponse = z.object({ bindings: z.array(Binding) });
export const DeleteBindingResponse = z.object({ bindingId: z.string(), deleted: z.boolean() });
