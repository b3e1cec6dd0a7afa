import { randomUUID } from 'node:crypto';

import type { Redis } from 'ioredis';

import type { RedisConnection } from './connection.ts';

/** Hears of a subject that something has happened to, such as an id. */
export type Listener = (subject: string) => void;

/**
 * Tells programs that there is something to do, so that they do not have to wait for their next look. A hint and no more:
 * what must happen happens at the next look anyway. Listeners in the same process hear it with Redis and without.
 */
export interface WakeUps extends AsyncDisposable {
  /** Tells the listeners of a topic everywhere. Never waits, never fails. */
  publish(topic: string, subject: string): void;
  /** Listens until disposed. The listener must not throw. */
  subscribe(topic: string, listener: Listener): Disposable;
}

/** The bus of a program: over Redis, or within the process where there is none. */
export function openWakeUps(redis: RedisConnection | undefined): WakeUps {
  const local = new LocalWakeUps();
  return redis === undefined ? local : new RedisWakeUps(redis, local);
}

/** Within one process. */
class LocalWakeUps implements WakeUps {
  readonly #listeners = new Map<string, Set<Listener>>();
  onSubscribed: (topic: string) => void = () => undefined;

  publish(topic: string, subject: string): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(subject);
  }

  subscribe(topic: string, listener: Listener): Disposable {
    const ofTopic = this.#listeners.get(topic) ?? new Set();
    // One of its own: the same function may listen twice.
    const own: Listener = (subject) => listener(subject);
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
const probeMs = 5_000;

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

  constructor(redis: RedisConnection, local: LocalWakeUps) {
    this.#redis = redis;
    this.#local = local;
    this.#subscriber = redis.open('wake-ups');
    local.onSubscribed = (topic) => this.#follow([topic]);
    this.#subscriber.on('ready', () => this.#follow(local.topics));
    this.#subscriber.on('message', (channel: string, message: string) => this.#hear(channel, message));
    this.#probe = setInterval(() => {
      if (this.#subscriber.status === 'ready') this.#subscriber.ping().catch(() => undefined);
    }, probeMs).unref();
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

  subscribe(topic: string, listener: Listener): Disposable {
    return this.#local.subscribe(topic, listener);
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
    this.#subscriber.subscribe(...topics.map((topic) => this.#channel(topic))).catch(() => undefined);
  }

  #channel(topic: string): string {
    return `${this.#redis.prefix}wake:${topic}`;
  }
}
