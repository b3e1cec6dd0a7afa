import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What this process has answered since its start. */
export class Traffic {
  /** Tells this process from others, and from itself before a restart. */
  readonly process = randomUUID();
  #answers = 0;
  #errors = 0;
  // One for all answers: a listener of its own for each would be made a hundred thousand times a second.
  readonly #finished: (this: ServerResponse) => void;

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- `this` of the listener is the answer.
    const traffic = this;
    this.#finished = function (this: ServerResponse) {
      traffic.answered(this.statusCode);
    };
  }

  /** Answers that were sent whole. */
  get answers(): number {
    return this.#answers;
  }

  /** Those of them that were faults of ours: 5xx. */
  get errors(): number {
    return this.#errors;
  }

  /** Counts an answer when it has been sent, whoever sends it. */
  count(res: ServerResponse): void {
    res.on('finish', this.#finished);
  }

  /** A lane whose answers are counted: behind the answer, of which the end cannot have been told yet. */
  counting(lane: (req: IncomingMessage, res: ServerResponse) => boolean): typeof lane {
    return (req, res) => {
      const isTaken = lane(req, res);
      if (isTaken) this.count(res);
      return isTaken;
    };
  }

  /** Counts an answer that was sent whole. */
  answered(status: number): void {
    this.#answers += 1;
    if (status >= 500) this.#errors += 1;
  }
}
