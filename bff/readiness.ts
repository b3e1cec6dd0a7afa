import type { Transport } from '@connectrpc/connect';
import { healthCheck, serving } from './health-service.ts';

/** What each part answered: `ok`, or what is wrong. */
export type Parts = Readonly<Record<string, 'ok' | 'away'>>;

const checkTimeoutMs = 1_000;
const keptMs = 500;

/** Asks the parts behind this process how they are, at most twice a second however often it is asked. */
export class Readiness {
  readonly #transports: Readonly<Record<string, Transport>>;
  #answer: Promise<Parts> | undefined;
  #untilMs = 0;
  #draining = false;

  constructor(transports: Readonly<Record<string, Transport>>) {
    this.#transports = transports;
  }

  /** This process is about to end, and should be sent nothing any more. */
  get draining(): boolean {
    return this.#draining;
  }

  /** From now on says so. */
  drain(): void {
    this.#draining = true;
  }

  /** How all parts are now, or were half a second ago. */
  parts(): Promise<Parts> {
    const now = performance.now();
    if (this.#answer === undefined || now >= this.#untilMs) {
      this.#untilMs = now + keptMs + checkTimeoutMs;
      this.#answer = this.#ask().finally(() => (this.#untilMs = performance.now() + keptMs));
    }
    return this.#answer;
  }

  async #ask(): Promise<Parts> {
    const checks = Object.entries(this.#transports).map(async ([name, transport]) => [name, await check(transport)]);
    return Object.fromEntries(await Promise.all(checks)) as Parts;
  }
}

async function check(transport: Transport): Promise<'ok' | 'away'> {
  try {
    const { message } = await transport.unary(healthCheck, undefined, checkTimeoutMs, undefined, {});
    return 'status' in message && message.status === serving ? 'ok' : 'away';
  } catch {
    // Away is away: the services' own logs say why.
    return 'away';
  }
}
