import { ChargeRequestSchema, LedgerService, OpenAccountRequestSchema } from '@boxoffice/proto/ledger';
import type { Operation } from '../operation.ts';
import { memberInPath, page } from '../parameters.ts';
import { bodyOf, ref, requestField } from '../schema.ts';

const { openAccount, getBalance, listEntries, charge } = LedgerService.method;
const common = { tag: 'Members', caller: 'member' } as const;

/** Members and their money. */
export const memberOperations: readonly Operation[] = [
  {
    ...common,
    method: 'POST',
    path: '/v1/members',
    id: 'openAccount',
    summary: 'Enter a member',
    description: 'Opens an account; opening one that exists gives it back. Without `id` the member gets one.',
    headers: {
      'Idempotency-Key': {
        description: 'Without `id`: the same key gives the same member.',
        schema: { type: 'string', format: 'uuid' },
      },
    },
    body: bodyOf(OpenAccountRequestSchema, [], {
      more: { id: { ...requestField(OpenAccountRequestSchema.field.memberId), minLength: 1 } },
    }),
    answers: {
      201: { description: 'A new account.', schema: ref('Account'), headers: ['Location'] },
      200: { description: 'The account that exists.', schema: ref('Account'), headers: ['Location'] },
    },
    rpcs: [openAccount],
    reasons: ['MEMBER_UNKNOWN'],
    examples: {
      default: { body: { id: 'alice' }, status: 201 },
      again: { summary: 'One that exists', body: { id: 'alice' }, status: 200 },
      anonymous: { summary: 'One that gets an id', body: {}, status: 201 },
    },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/members/{id}/balance',
    id: 'getBalance',
    summary: 'Tell a balance',
    parameters: { id: memberInPath },
    answers: { 200: { description: 'The balance.', schema: ref('Balance') } },
    rpcs: [getBalance],
    examples: { default: { parameters: { id: 'alice' }, status: 200 } },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/members/{id}/entries',
    id: 'listEntries',
    summary: 'List the movements on an account',
    parameters: { id: memberInPath, ...page },
    answers: { 200: { description: 'The movements.', schema: ref('EntryPage') } },
    rpcs: [listEntries],
    examples: { default: { parameters: { id: 'alice', pageSize: 50 }, status: 200 } },
  },
  {
    ...common,
    method: 'POST',
    path: '/v1/members/{id}/charges',
    id: 'charge',
    summary: 'Add money to an account',
    parameters: { id: memberInPath },
    repeatable: true,
    body: bodyOf(ChargeRequestSchema, ['amount']),
    answers: { 201: { description: 'The money is there.', schema: ref('Charged') } },
    rpcs: [charge],
    examples: {
      default: {
        parameters: { id: 'alice', 'Idempotency-Key': '0f6d5e0a-5d0c-4b8e-9c55-0d9f5f1f6a13' },
        body: { amount: 500_000 },
        status: 201,
      },
    },
  },
];
