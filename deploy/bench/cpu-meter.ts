import type { BenchSystem } from './bench-system.ts';
import { cpuSecondsOf, parentOf } from './process-facts.ts';

/** Processor time by program, in seconds. */
export type CpuTimes = ReadonlyMap<string, number>;

const programs = ['bff', 'queue', 'inventory', 'ledger', 'worker'] as const;

/** Tells how much processor time the programs of the system have had since it was made, and PostgreSQL. Linux only. */
export class CpuMeter {
  readonly #pids: ReadonlyMap<string, number>;
  readonly #before: CpuTimes;

  private constructor(pids: ReadonlyMap<string, number>, before: CpuTimes) {
    this.#pids = pids;
    this.#before = before;
  }

  static async start({ system, pool }: Pick<BenchSystem, 'system' | 'pool'>): Promise<CpuMeter> {
    const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    const pids = new Map<string, number>();
    for (const name of programs) {
      const pid = system.supervisor.pidOf(name);
      if (pid !== undefined) pids.set(name, pid);
    }
    // The server process is the parent of those that serve connections.
    if (rows[0] !== undefined) pids.set('PostgreSQL', await parentOf(rows[0].pid));
    return new CpuMeter(pids, await timesOf(pids));
  }

  async read(): Promise<CpuTimes> {
    const now = await timesOf(this.#pids);
    return new Map([...now].map(([name, seconds]) => [name, seconds - (this.#before.get(name) ?? 0)]));
  }
}

async function timesOf(pids: ReadonlyMap<string, number>): Promise<CpuTimes> {
  const times = await Promise.all([...pids].map(async ([name, pid]) => [name, await cpuSecondsOf(pid)] as const));
  return new Map(times);
}

/** Cores that were busy for so long. */
export function inCores(times: CpuTimes, seconds: number): string {
  return [...times].map(([name, cpu]) => `${name} ${(cpu / seconds).toFixed(2)}`).join(', ');
}

/** Processor time of each of so many requests, in milliseconds. */
export function inMsEach(times: CpuTimes, count: number): string {
  return [...times].map(([name, cpu]) => `${name} ${((cpu * 1_000) / count).toFixed(2)}`).join(', ');
}
