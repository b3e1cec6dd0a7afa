import type { DescMessage } from '@bufbuild/protobuf';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { recall, type OnceRequest, type OnceResponse } from '@boxoffice/runtime/database/requests';
import { reasonOf } from '@boxoffice/runtime/error';

/**
 * The answer of a request whose ticket is not good any more: who was answered, and has paid meanwhile or lost the ticket,
 * still gets that answer.
 *
 * @throws the refusal of the ticket, when it is another one than TICKET_OVER or there is no such answer; what `recall` throws.
 */
export async function recallOver<Q extends DescMessage, A extends DescMessage>(
  pool: Pool,
  asked: OnceRequest<Q, A>,
  refusal: unknown,
): Promise<OnceResponse<A>> {
  const given = reasonOf(refusal) === 'TICKET_OVER' ? await recall(pool, asked) : undefined;
  if (given === undefined) throw refusal;
  return given;
}
