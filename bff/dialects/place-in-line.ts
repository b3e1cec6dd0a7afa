import type { PositionAnswer } from '../answers/position.ts';
import type { JsonInteger } from '../request/json.ts';

/**
 * A ticket's place in line as one number: 1 for who is next, 0 for who is admitted, or over. In a lobby, where nobody is ahead
 * of anybody, the number of the ticket.
 */
export function placeInLine({ status, lobby, number, ahead }: PositionAnswer): JsonInteger {
  if (status !== 'WAITING') {
    return 0;
  }
  return lobby ? number : Number(ahead) + 1;
}
