import { Code, ConnectError } from '@connectrpc/connect';
import { Client, connectivityState, credentials, type ChannelInterface } from '@grpc/grpc-js';
import type { FollowedCertificates } from './certificates.ts';
import { SecureCredentials } from './secure-credentials.ts';

/** Nothing was sent, since there was no connection. */
export class NotConnectedError extends Error {}

/** How a channel is made. */
export interface ConnectionOptions {
  /** A gRPC target; without a scheme it is resolved by DNS: `host:port` is `dns:///host:port`. */
  readonly address: string;
  /** For TLS. Without it the connection goes in clear. */
  readonly tls?: FollowedCertificates | undefined;
  readonly responseBytesMax: number;
  /** How long a call waits for a connection before it fails with UNAVAILABLE. */
  readonly connectTimeoutMs: number;
}

// A call that would only learn of its deadline is told instead that there is no connection, this much earlier.
const marginMs = 20;
const sliceMs = 250;
// What is longer, Node's timers do not wait for at all.
const timerMsMax = 2 ** 31 - 1;

/**
 * A channel to all addresses of a target, used in turn. A call waits for a connection while one is being made, so that
 * a server can restart without anybody noticing; once that took longer than `connectTimeoutMs`, calls fail at once
 * until there is a connection again.
 */
export class Connection implements Disposable {
  readonly channel: ChannelInterface;
  /** Cancel the calls in progress: closing a channel leaves them alone. */
  readonly openCalls = new Set<() => void>();
  readonly #client: Client;
  readonly #options: ConnectionOptions;
  #connecting: Promise<void> | undefined;
  #isDown = false;
  /** Why a connection could not be made secure, the last time. */
  #refusal: unknown;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const channelCredentials =
      options.tls === undefined
        ? credentials.createInsecure()
        : new SecureCredentials(options.tls, (error) => (this.#refusal = error));
    this.#client = new Client(targetOf(options.address), channelCredentials, channelOptions(options));
    this.channel = this.#client.getChannel();
  }

  /**
   * Waits until there is a connection, but not to `deadlineMs` (by `Date.now()`).
   *
   * @throws ConnectError UNAVAILABLE, caused by NotConnectedError; the reason of the signal when it is aborted.
   */
  async ready(deadlineMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#isClosed) {
      throw this.#notConnected('the transport is closed');
    }
    // Starts to connect if nobody has yet.
    if (this.channel.getConnectivityState(true) === connectivityState.READY) {
      this.#isDown = false;
      this.#refusal = undefined;
      return;
    }
    if (deadlineMs <= Date.now()) {
      throw new ConnectError('the deadline has passed', Code.DeadlineExceeded);
    }
    if (this.#isDown) {
      throw this.#notConnected();
    }
    this.#connecting ??= this.#connect();
    await this.#waitFor(this.#connecting, deadlineMs - marginMs, signal);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.openCalls.forEach((cancel) => cancel());
    this.#client.close();
  }

  async #connect(): Promise<void> {
    const untilMs = Date.now() + this.#options.connectTimeoutMs;
    let state = this.channel.getConnectivityState(true);
    while (state !== connectivityState.READY && !this.#isClosed && Date.now() < untilMs) {
      await this.#change(state, Math.min(untilMs, Date.now() + sliceMs));
      state = this.channel.getConnectivityState(true);
    }
    this.#connecting = undefined;
    this.#isDown = state !== connectivityState.READY;
    if (this.#isDown) {
      throw this.#notConnected();
    }
  }

  // In slices, since a watch has a timer that would keep a process alive which has closed its channel.
  #change(from: connectivityState, deadlineMs: number): Promise<void> {
    return new Promise((resolve) => this.channel.watchConnectivityState(from, deadlineMs, () => resolve()));
  }

  // All waiting calls share one wait for the channel, and each has its own deadline and its own signal.
  async #waitFor(connecting: Promise<void>, deadlineMs: number, signal: AbortSignal): Promise<void> {
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason as Error);
    const timer = setTimeout(
      () => reject(this.#notConnected()),
      Math.max(0, Math.min(deadlineMs - Date.now(), timerMsMax)),
    );
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([connecting, givenUp]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #why(): string {
    return this.#refusal instanceof Error ? ` (${this.#refusal.message})` : '';
  }

  #notConnected(message = `no connection to ${this.#options.address}${this.#why()}`): ConnectError {
    const cause = new NotConnectedError(message);
    const error = new ConnectError(message, Code.Unavailable, undefined, undefined, cause);
    // Not raised by whoever made the call: it is relayed like an UNAVAILABLE that a server sent.
    error.isWireError = true;
    return error;
  }
}

function targetOf(address: string): string {
  return /^(?:dns|ipv4|ipv6|unix):(?!\d+$)/.test(address) ? address : `dns:///${address}`;
}

function channelOptions({ responseBytesMax }: ConnectionOptions): ConstructorParameters<typeof Client>[2] {
  return {
    // The servers behind a target are equal; a target is a headless service or a single host.
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    'grpc.service_config_disable_resolution': 1,
    // New servers are found when a connection ends, which servers see to; DNS is not asked more often than that.
    'grpc.dns_min_time_between_resolutions_ms': 5_000,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_receive_message_length': responseBytesMax,
    'grpc.enable_channelz': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
  };
}
