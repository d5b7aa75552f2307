import type { Binding } from '@prelaunch/contracts/operations/bindings';
import type { OperationExamples } from '../examples.ts';
import { BY, CHANGED_AT } from './statuses.ts';

const ofUser: Binding = {
  bindingId: 'user:alice:10',
  subject: { kind: 'user', id: 'alice' },
  priority: 10,
  configuration: { configurationId: 'payments' },
  changedBy: BY,
  changedAt: CHANGED_AT,
};

const ofGroup: Binding = {
  ...ofUser,
  bindingId: 'userGroup:operators:0',
  subject: { kind: 'userGroup', id: 'operators' },
  priority: 0,
  configuration: { configurationId: 'production', version: 3 },
};

const { subject, priority } = ofUser;

export const bindingExamples = {
  list_bindings: {
    responses: {
      200: { all: { summary: 'Of a user, and of a group of users', value: { bindings: [ofUser, ofGroup] } } },
    },
  },
  create_binding: {
    request: {
      user: {
        summary: 'A user who gets what is published',
        value: { subject, priority, configurationId: 'payments' },
      },
      userGroup: {
        summary: 'A group of users that keeps to one version',
        value: { subject: ofGroup.subject, priority: 0, configurationId: 'production', version: 3 },
      },
      everybody: {
        summary: 'Whoever has no other binding',
        value: { subject: { kind: 'default' }, priority: 0, configurationId: 'base' },
      },
    },
    responses: { 201: { bound: { summary: 'The user is bound', value: ofUser } } },
  },
  update_binding: {
    request: {
      pinned: {
        summary: 'One version instead of what is published',
        value: { configurationId: 'payments', version: 2 },
      },
    },
    responses: {
      200: {
        pinned: {
          summary: 'The user keeps to version 2',
          value: { ...ofUser, configuration: { configurationId: 'payments', version: 2 } },
        },
      },
    },
  },
  delete_binding: {
    responses: {
      200: { deleted: { summary: 'Gone', value: { bindingId: ofUser.bindingId, deleted: true } } },
    },
  },
} as const satisfies Record<string, OperationExamples>;
