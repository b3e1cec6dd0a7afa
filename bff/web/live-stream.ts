import { backOffMs } from './call.ts';

/** How a stream stands: not open yet; it delivers; it is being opened again; it was refused, and has to be gone without. */
export type StreamState = 'opening' | 'open' | 'reconnecting' | 'refused';

interface LiveStreamOptions {
  readonly url: string;
  /** What to do with each kind of event. */
  readonly on: Readonly<Record<string, (data: string) => void>>;
  readonly onState: (state: StreamState) => void;
}

// Short: who looks at a page again wants to see how things are.
const refusalsMax = 2;
const retryRefusedMs = 15_000;

/**
 * Server-sent events that survive a lost network and a machine that slept. An EventSource comes back by itself only while
 * the connection broke; when it got an answer that is no stream (a 503, say), or when the page was asleep, it has to be
 * opened anew. After some refusals in a row it is tried now and then only: whoever uses it polls meanwhile.
 */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #closed = false;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    document.addEventListener('visibilitychange', this.#wake);
    addEventListener('online', this.#wake);
    addEventListener('pageshow', this.#wake);
    this.#open();
  }

  /** Ends it for good. */
  close(): void {
    this.#closed = true;
    this.#shut();
    document.removeEventListener('visibilitychange', this.#wake);
    removeEventListener('online', this.#wake);
    removeEventListener('pageshow', this.#wake);
  }

  #open(): void {
    this.#shut();
    const source = new EventSource(this.#options.url);
    this.#source = source;
    source.addEventListener('open', () => {
      this.#tries = 0;
      this.#options.onState('open');
    });
    source.addEventListener('error', () => this.#failed(source));
    for (const [event, take] of Object.entries(this.#options.on)) {
      source.addEventListener(event, (message) => take(String(message.data)));
    }
  }

  #failed(source: EventSource): void {
    if (this.#closed || source !== this.#source) {
      return;
    }
    if (source.readyState !== EventSource.CLOSED) {
      this.#options.onState('reconnecting');
      return;
    }
    this.#tries++;
    const refused = this.#tries > refusalsMax;
    this.#options.onState(refused ? 'refused' : 'reconnecting');
    this.#timer = setTimeout(() => this.#open(), refused ? retryRefusedMs : backOffMs(this.#tries));
  }

  // A connection from before the sleep may look alive for minutes.
  readonly #wake = (event: Event): void => {
    if (!this.#closed && document.visibilityState === 'visible' && !isFirstShow(event)) {
      this.#tries = 0;
      this.#open();
    }
  };

  #shut(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }
}

function isFirstShow(event: Event): boolean {
  return event instanceof PageTransitionEvent && !event.persisted;
}
