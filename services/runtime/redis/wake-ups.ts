import { randomUUID } from 'node:crypto';

import type { Redis } from 'ioredis';

import type { RedisConnection } from './connection.ts';

/** Hears of a subject that something has happened to, such as an id. */
export type Listener = (subject: string) => void;

/** The topic of what is not to be remembered any more; its subjects are groups of entries. */
export const cacheTopic = 'cache';
/** The subject that stands for all groups. */
export const everything = '*';

/**
 * Tells programs that there is something to do, so that they do not have to wait for their next look. A hint and no more:
 * what must happen happens at the next look anyway. Listeners in the same process hear it with Redis and without.
 */
export interface WakeUps extends AsyncDisposable {
  /** Tells the listeners of a topic everywhere. Never waits, never fails. */
  publish(topic: string, subject: string): void;
  /** Tells the listeners of a topic here, and all who listen by Redis. @throws Error when Redis has not taken it. */
  tell(topic: string, subjects: readonly string[]): Promise<void>;
  /**
   * Listens until disposed. Neither function may throw.
   *
   * @param onBegin called whenever word begins to come over Redis: what was told before may have been missed.
   */
  subscribe(topic: string, listener: Listener, options?: { readonly onBegin?: () => void }): Disposable;
  /**
   * Whether everything that anybody told of a topic up to a second ago has been heard here. Never without Redis, where others
   * cannot be heard.
   */
  follows(topic: string): boolean;
}

interface Subscriber {
  readonly listener: Listener;
  readonly onBegin: (() => void) | undefined;
}

/** The bus of a program: over Redis, or within the process where there is none. */
export function openWakeUps(redis: RedisConnection | undefined): WakeUps {
  const local = new LocalWakeUps();
  return redis === undefined ? local : new RedisWakeUps(redis, local);
}

/** Within one process. */
class LocalWakeUps implements WakeUps {
  readonly #listeners = new Map<string, Set<Subscriber>>();
  onSubscribed: (topic: string) => void = () => undefined;

  publish(topic: string, subject: string): void {
    for (const { listener } of this.#listeners.get(topic) ?? []) listener(subject);
  }

  async tell(topic: string, subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) this.publish(topic, subject);
  }

  begin(topic: string): void {
    for (const { onBegin } of this.#listeners.get(topic) ?? []) onBegin?.();
  }

  follows(): boolean {
    return false;
  }

  subscribe(topic: string, listener: Listener, { onBegin }: { readonly onBegin?: () => void } = {}): Disposable {
    const ofTopic = this.#listeners.get(topic) ?? new Set();
    // One of its own: the same function may listen twice.
    const own: Subscriber = { listener, onBegin };
    ofTopic.add(own);
    this.#listeners.set(topic, ofTopic);
    this.onSubscribed(topic);
    return { [Symbol.dispose]: () => void ofTopic.delete(own) };
  }

  get topics(): string[] {
    return [...this.#listeners.keys()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }
}

/** A subject in a rush is told once at its beginning, and then so often. */
const quietMs = 5;
/** Subjects at once in a rush; what is told beyond that is found by the next look. */
const subjectsMax = 10_000;
/** A subscription that is dead without having been closed is noticed by this. */
const probeMs = 250;
/** A probe that was answered is good for so long. */
const heardMsMax = 1_000;

/** Over Redis. One connection subscribes, and does so again whenever it has come back. */
class RedisWakeUps implements WakeUps {
  readonly #redis: RedisConnection;
  readonly #local: LocalWakeUps;
  readonly #subscriber: Redis;
  readonly #probe: NodeJS.Timeout;
  /** Own messages come back over the subscription; the listeners here have heard them already. */
  readonly #origin = randomUUID();
  /** What was told a moment ago; true: and again since then. */
  #recent = new Map<string, boolean>();
  #timer: NodeJS.Timeout | undefined;
  /** Topics that are subscribed to over the present connection. */
  readonly #followed = new Set<string>();
  /** All that was told before has been heard, by `performance.now()`. */
  #heardAtMs = -Infinity;

  constructor(redis: RedisConnection, local: LocalWakeUps) {
    this.#redis = redis;
    this.#local = local;
    this.#subscriber = redis.open('wake-ups');
    local.onSubscribed = (topic) => this.#follow([topic]);
    this.#subscriber.on('ready', () => this.#follow(local.topics));
    this.#subscriber.on('close', () => this.#followed.clear());
    this.#subscriber.on('message', (channel: string, message: string) => this.#hear(channel, message));
    this.#probe = setInterval(() => void this.#ping(), probeMs).unref();
  }

  publish(topic: string, subject: string): void {
    this.#local.publish(topic, subject);
    const key = `${topic} ${subject}`;
    if (this.#recent.has(key)) {
      this.#recent.set(key, true);
    } else if (this.#recent.size < subjectsMax) {
      this.#recent.set(key, false);
      this.#send(key);
      this.#timer ??= setTimeout(() => this.#sendAgain(), quietMs).unref();
    }
  }

  async tell(topic: string, subjects: readonly string[]): Promise<void> {
    await this.#local.tell(topic, subjects);
    const channel = this.#channel(topic);
    const sent = subjects.map((subject) => this.#redis.client.publish(channel, `${this.#origin} ${subject}`));
    await Promise.all(sent);
  }

  subscribe(topic: string, listener: Listener, options?: { readonly onBegin?: () => void }): Disposable {
    return this.#local.subscribe(topic, listener, options);
  }

  follows(topic: string): boolean {
    return this.#followed.has(topic) && performance.now() - this.#heardAtMs < heardMsMax;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#probe);
    clearTimeout(this.#timer);
    await this.#local[Symbol.asyncDispose]();
    this.#subscriber.disconnect();
  }

  #sendAgain(): void {
    const again = [...this.#recent].filter(([, told]) => told).map(([key]) => key);
    this.#recent = new Map(again.map((key) => [key, false]));
    for (const key of again) this.#send(key);
    this.#timer = again.length === 0 ? undefined : setTimeout(() => this.#sendAgain(), quietMs).unref();
  }

  /** Lost when Redis is away: the next look makes up for it. */
  #send(key: string): void {
    if (!this.#redis.available) return;
    const [topic = '', subject = ''] = key.split(' ');
    this.#redis.client.publish(this.#channel(topic), `${this.#origin} ${subject}`).catch(() => undefined);
  }

  #hear(channel: string, message: string): void {
    const [origin, subject = ''] = message.split(' ');
    if (origin !== this.#origin) this.#local.publish(channel.slice(this.#channel('').length), subject);
  }

  /** What cannot be followed now is followed when the connection is ready. */
  #follow(topics: readonly string[]): void {
    if (topics.length === 0 || this.#subscriber.status !== 'ready') return;
    const sentAtMs = performance.now();
    const begin = (): void => {
      this.#heardAtMs = Math.max(this.#heardAtMs, sentAtMs);
      for (const topic of topics) {
        this.#followed.add(topic);
        this.#local.begin(topic);
      }
    };
    this.#subscriber.subscribe(...topics.map((topic) => this.#channel(topic))).then(begin, () => undefined);
  }

  /** Redis answers over the same connection, in order: with the answer all has come that was told before the question. */
  async #ping(): Promise<void> {
    if (this.#subscriber.status !== 'ready') return;
    const sentAtMs = performance.now();
    await this.#subscriber.ping().then(
      () => (this.#heardAtMs = Math.max(this.#heardAtMs, sentAtMs)),
      () => undefined,
    );
  }

  #channel(topic: string): string {
    return `${this.#redis.prefix}wake:${topic}`;
  }
}
