import type { WakeUps } from '@boxoffice/runtime/redis/wake-ups';

/** What the programs of the Queue wake each other for. Each is found by the next look, too, if it is not heard. */
export class QueueWakeUps {
  readonly #wakeUps: WakeUps;

  constructor(wakeUps: WakeUps) {
    this.#wakeUps = wakeUps;
  }

  /** A change of a queue was committed: positions have moved. */
  changed(scheduleId: bigint): void {
    this.#wakeUps.publish('queue-changed', String(scheduleId));
  }

  /** A change was committed after which a tick may admit: a place is free, or the policy or the state is another. */
  mayAdmit(scheduleId: bigint): void {
    this.#wakeUps.publish('queue-may-admit', String(scheduleId));
    this.changed(scheduleId);
  }

  onChanged(listener: (scheduleId: bigint) => void): Disposable {
    return this.#wakeUps.subscribe('queue-changed', (subject) => listener(BigInt(subject)));
  }

  onMayAdmit(listener: (scheduleId: bigint) => void): Disposable {
    return this.#wakeUps.subscribe('queue-may-admit', (subject) => listener(BigInt(subject)));
  }
}
