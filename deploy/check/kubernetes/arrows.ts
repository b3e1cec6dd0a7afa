/** Somebody who is not in the picture's middle: outside of the namespace, or data in it. */
export type Outside = 'ingress' | 'prometheus' | 'collector' | 'dns' | 'database' | 'redis' | 'issuer';

export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** Of `to`. */
  readonly port: number;
}

const ports: Readonly<Record<string, number>> = {
  bff: 8080,
  queue: 50_051,
  inventory: 50_052,
  ledger: 50_053,
  worker: 50_054,
};
const operations = 9464;

/** Who calls whom: the picture in ARCHITECTURE.md. */
const calls: Readonly<Record<string, readonly string[]>> = {
  bff: ['queue', 'inventory', 'ledger', 'worker'],
  worker: ['inventory', 'ledger'],
  inventory: ['queue'],
  ledger: ['queue', 'inventory'],
  queue: [],
};
const migrations = ['migrate-queue', 'migrate-inventory', 'migrate-ledger'];
const withDatabase = ['queue', 'inventory', 'ledger', 'worker', ...migrations];

/** Where those outside are met; also by which a peer outside is told from another. */
export const portOf: Readonly<Record<Exclude<Outside, 'ingress' | 'prometheus'>, number>> = {
  collector: 4318,
  dns: 53,
  database: 5432,
  redis: 6379,
  issuer: 443,
};

/** All arrows that there are, and no others. */
export function designedArrows(isDemo: boolean): Arrow[] {
  const programs = Object.keys(calls);
  const to = (outside: keyof typeof portOf) => (from: string) => ({ from, to: outside, port: portOf[outside] });
  return [
    ...programs.flatMap((from) =>
      (calls[from] ?? []).map((callee) => ({ from, to: callee, port: ports[callee] ?? 0 })),
    ),
    ...programs.map((program) => ({ from: 'ingress', to: program, port: ports[program] ?? 0 })),
    ...programs.map((program) => ({ from: 'prometheus', to: program, port: operations })),
    ...programs.map(to('collector')),
    ...programs.map(to('redis')),
    ...withDatabase.map(to('database')),
    ...[...programs, ...migrations].map(to('dns')),
    // With AUTH_MODE=open there are no access tokens, and so nobody whose keys to read.
    ...(isDemo ? [] : ['bff'].map(to('issuer'))),
  ];
}
