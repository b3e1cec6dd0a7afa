import type { Context, Routes } from '../request/context.ts';
import { ServedFile } from '../served-file.ts';
import type { AuthMode } from './document.ts';
import { once } from './once.ts';
import { pages } from './pages.ts';

const documentHeaders = { 'Cache-Control': 'public, max-age=60' };

/** The reference: the document, and the pages for people. Open to everybody. */
export function referenceRoutes(routes: Routes, authMode: AuthMode): void {
  const document = once(() => makeDocument(authMode));
  routes.get('/openapi.json', async (ctx: Context) => (await document()).send(ctx, documentHeaders));
  for (const [path, { file, headers }] of Object.entries(pages)) {
    routes.get(path, async (ctx: Context) => (await file()).send(ctx, headers));
  }
}

// What it is made of is loaded when it is first asked for: a start needs none of it.
async function makeDocument(authMode: AuthMode): Promise<ServedFile> {
  const [{ createDocument }, { operations }] = await Promise.all([
    import('./document.ts'),
    import('./operations/index.ts'),
  ]);
  const text = JSON.stringify(createDocument(operations, authMode));
  return new ServedFile('application/json; charset=utf-8', text);
}
