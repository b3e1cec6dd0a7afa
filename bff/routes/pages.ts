import type { Context, Routes } from '../context.ts';
import { assetHeaders, pageHeaders } from '../pages/page-headers.ts';
import { pageAddresses, pageFiles } from '../pages/page-files.ts';
import { encodings, type Encoding, type ServedFile } from '../pages/served-file.ts';
import { WebError } from '../web-error.ts';

/**
 * The pages, and what they load. `/` has two faces: what a browser opens is the page, what a program asks for is the list
 * of calls.
 */
export function pageRoutes(routes: Routes, listCalls: (ctx: Context) => void): void {
  for (const address of pageAddresses) {
    routes.get(address, async (ctx) => {
      if (address === '/') {
        ctx.vary('Accept');
        if (!prefersHtml(ctx)) return listCalls(ctx);
      }
      await sendPage(ctx, address);
    });
  }
  routes.get('/assets/*path', sendAsset);
}

function prefersHtml(ctx: Context): boolean {
  // What says it takes anything, as curl does, gets the first of these.
  return ctx.accepts('application/json', 'text/html') === 'text/html';
}

async function sendPage(ctx: Context, address: string): Promise<void> {
  await sendFile(ctx, (await pageFiles()).pages.get(address), pageHeaders);
}

async function sendAsset(ctx: Context): Promise<void> {
  await sendFile(ctx, (await pageFiles()).assets.get(ctx.path), assetHeaders);
}

async function sendFile(
  ctx: Context,
  file: ServedFile | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  if (file === undefined) {
    throw new WebError('ROUTE_UNKNOWN', 'there is nothing at this address');
  }
  ctx.set(headers);
  ctx.status = 200;
  ctx.vary('Accept-Encoding');
  ctx.set('ETag', file.etag);
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  const encoding = encodingOf(ctx);
  if (encoding !== 'identity') {
    ctx.set('Content-Encoding', encoding);
  }
  ctx.set('Content-Type', file.type);
  ctx.body = await file.bytes(encoding);
}

// Ours is the order, of those that the client takes.
function encodingOf(ctx: Context): Encoding {
  return encodings.find((encoding) => ctx.acceptsEncodings(encoding) !== false) ?? 'identity';
}
