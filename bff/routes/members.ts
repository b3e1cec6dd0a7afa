import { create } from '@bufbuild/protobuf';
import {
  ChargeRequestSchema,
  GetBalanceRequestSchema,
  ListEntriesRequestSchema,
  OpenAccountRequestSchema,
} from '@boxoffice/proto/ledger';
import { validateRequest } from '@boxoffice/runtime/validation';
import { balanceAnswer, entryAnswer } from '../answers/money.ts';
import { readJsonBody } from '../request/body.ts';
import { reading, writing, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { Fields } from '../request/fields.ts';
import { derivedId, idempotencyKeyOf, requestIdOf, tellReplay } from '../request/idempotency.ts';
import { jsonInteger } from '../request/json.ts';
import { memberOf } from '../caller/member.ts';
import { memberInPath, pageOf } from '../request/parameters.ts';
import { page, present, send } from '../answers/send.ts';

/** Members and their money. */
export function memberRoutes(routes: Routes, deps: Deps): void {
  routes.post('/v1/members', openAccount(deps));
  routes.get('/v1/members/:id/balance', getBalance(deps));
  routes.get('/v1/members/:id/entries', listEntries(deps));
  routes.post('/v1/members/:id/charges', charge(deps));
}

function openAccount({ ledger }: Deps) {
  return async (ctx: Context): Promise<void> => {
    ctx.state.fieldNames = { memberId: 'id' };
    const key = idempotencyKeyOf(ctx);
    const body = new Fields(await readJsonBody(ctx.req));
    const id = body.memberId('id');
    if (id === '') {
      body.reject('id', 'has to have 1 to 64 characters');
    }
    body.done();
    // Whoever sends a key and no id gets the same member again.
    const memberId = memberOf(ctx, id) ?? (key === undefined ? '' : derivedId(key, 'member'));
    const request = create(OpenAccountRequestSchema, { memberId });
    validateRequest(OpenAccountRequestSchema, request);
    const { balance, created } = await ledger.openAccount(request, writing(ctx));
    const account = present(balance);
    ctx.set('Location', `/v1/members/${encodeURIComponent(account.memberId)}/balance`);
    send(ctx, created ? 201 : 200, { id: account.memberId, ...balanceAnswer(account) });
  };
}

function getBalance({ ledger }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(GetBalanceRequestSchema, { memberId: memberOf(ctx, memberInPath(ctx)) });
    const { balance } = await ledger.getBalance(request, reading(ctx));
    send(ctx, 200, balanceAnswer(present(balance)));
  };
}

function listEntries({ ledger }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const memberId = memberOf(ctx, memberInPath(ctx));
    const request = create(ListEntriesRequestSchema, { memberId, ...pageOf(ctx) });
    validateRequest(ListEntriesRequestSchema, request);
    const { entries, nextPageToken } = await ledger.listEntries(request, reading(ctx));
    send(ctx, 200, page('entries', entries.map(entryAnswer), nextPageToken));
  };
}

function charge({ charges }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const memberId = memberOf(ctx, memberInPath(ctx));
    const requestId = requestIdOf(ctx);
    const body = new Fields(await readJsonBody(ctx.req));
    const amount = body.integer('amount') ?? 0n;
    body.done();
    const request = create(ChargeRequestSchema, { requestId, memberId, amount });
    validateRequest(ChargeRequestSchema, request);
    const { balance, transferId, replayed } = await charges.charge(request);
    tellReplay(ctx, replayed);
    send(ctx, 201, { ...balanceAnswer(balance), transferId: jsonInteger(transferId) });
  };
}
