import { QueueState } from '@boxoffice/proto/queue';

/** The states of a queue as the tables have them. */
export type QueueStateName = 'SCHEDULED' | 'OPEN' | 'PAUSED' | 'CLOSED';

/** What an operator can ask of a queue. */
export type QueueCommand = 'pause' | 'resume' | 'close';

const messages: Readonly<Record<QueueStateName, QueueState>> = {
  SCHEDULED: QueueState.SCHEDULED,
  OPEN: QueueState.OPEN,
  PAUSED: QueueState.PAUSED,
  CLOSED: QueueState.CLOSED,
};

/** A state as the contract has it. */
export function queueStateOf(name: QueueStateName): QueueState {
  return messages[name];
}

/** States of the contract as the tables have them; what is no state of a queue is left out. */
export function queueStateNames(states: readonly QueueState[]): QueueStateName[] {
  const names = Object.keys(messages) as QueueStateName[];
  return names.filter((name) => states.includes(messages[name]));
}

/**
 * The state a command leads to; the same state when it changes nothing. A queue that is paused before it has opened and
 * resumed goes back to waiting for that (`opened`: its time has come, and no lobby is left to be drawn; the next tick draws
 * it). Undefined: a closed queue takes no command but to close.
 */
export function stateAfter(command: QueueCommand, state: QueueStateName, opened: boolean): QueueStateName | undefined {
  if (command === 'close') return 'CLOSED';
  if (state === 'CLOSED') return undefined;
  if (command === 'pause') return 'PAUSED';
  return state === 'PAUSED' ? (opened ? 'OPEN' : 'SCHEDULED') : state;
}
