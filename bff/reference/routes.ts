import type { Context, Routes } from '../context.ts';
import { Asset } from './asset.ts';
import { createDocument, type AuthMode } from './document.ts';
import { operations } from './operations/index.ts';
import { pages } from './pages.ts';

const documentHeaders = { 'Cache-Control': 'public, max-age=60' };

/** The reference: the document, and the pages for people. Open to everybody. */
export function referenceRoutes(routes: Routes, authMode: AuthMode): void {
  let document: Asset | undefined;
  routes.get('/openapi.json', (ctx: Context) => {
    const text = () => JSON.stringify(createDocument(operations, authMode));
    document ??= new Asset('application/json; charset=utf-8', Buffer.from(text()), documentHeaders);
    return document.send(ctx);
  });
  for (const [path, page] of Object.entries(pages)) {
    routes.get(path, (ctx: Context) => page().send(ctx));
  }
}
