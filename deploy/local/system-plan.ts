import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { processLockHolder } from './process-lock.ts';
import type { Settings } from './settings.ts';

/** Where everything is in a running system; kept in `system.json`, so that other commands find it. */
export interface SystemPlan {
  /** The process that supervises it. */
  readonly pid: number;
  readonly home: string;
  /** Of all BFFs where they share a port, else of the first; without `/v1`. */
  readonly url: string;
  /** Of each BFF by itself. */
  readonly urls: readonly string[];
  /** gRPC targets. */
  readonly addresses: Readonly<Record<'queue' | 'inventory' | 'ledger' | 'worker', string>>;
  /** The port of `/metrics`, `/livez` and `/readyz` of each instance, by its name; empty when OPERATIONS_PORT is not set. */
  readonly operations: Readonly<Record<string, number>>;
  /** With passwords. */
  readonly databases: Readonly<Record<'queue' | 'inventory' | 'ledger', string>>;
  readonly keysFile: string;
  readonly keyringFile: string;
  readonly authMode: Settings['authMode'];
}

/** The system that runs with this folder, if one does. */
export async function findSystem(home: string): Promise<SystemPlan | undefined> {
  const holder = await processLockHolder(lockFile(home));
  const text = await readFile(planFile(home), 'utf8').catch(() => undefined);
  if (holder === undefined || text === undefined) return undefined;
  const plan = JSON.parse(text) as SystemPlan; // Written by `startSystem`, whole or not at all.
  return plan.pid === holder ? plan : undefined;
}

/** Held by the process that supervises a system. */
export const lockFile = (home: string): string => join(home, 'running');

/** Where the plan of a running system is kept. */
export const planFile = (home: string): string => join(home, 'system.json');
