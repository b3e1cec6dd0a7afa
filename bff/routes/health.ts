import type { Context, Routes } from '../request/context.ts';
import type { Readiness } from '../readiness.ts';
import { send } from '../answers/send.ts';

/** For probes: whether this process is alive, and whether all parts of the system are there. */
export function healthRoutes(routes: Routes, readiness: Pick<Readiness, 'parts' | 'draining'>): void {
  routes.get('/healthz', (ctx: Context) => send(ctx, 200, { status: 'ok' }));
  routes.get('/readyz', async (ctx: Context) => {
    const parts = { bff: readiness.draining ? 'away' : 'ok', ...(await readiness.parts()) };
    const ready = Object.values(parts).every((part) => part === 'ok');
    if (!ready) {
      ctx.set('Retry-After', '1');
    }
    send(ctx, ready ? 200 : 503, { status: ready ? 'ok' : 'away', parts });
  });
}
