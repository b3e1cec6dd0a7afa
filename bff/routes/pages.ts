import type { Context, Routes } from '../request/context.ts';
import { assetHeaders, pageHeaders, unversionedHeaders } from '../pages/page-headers.ts';
import { pageAddresses, pageFiles } from '../pages/page-files.ts';
import type { ServedFile } from '../served-file.ts';
import { WebError } from '../http/web-error.ts';

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
  await found((await pageFiles()).pages.get(address)).send(ctx, pageHeaders);
}

async function sendAsset(ctx: Context): Promise<void> {
  const { assets, unversioned } = await pageFiles();
  const file = unversioned.get(ctx.path);
  if (file !== undefined) return file.send(ctx, unversionedHeaders);
  await found(assets.get(ctx.path)).send(ctx, assetHeaders);
}

function found(file: ServedFile | undefined): ServedFile {
  if (file === undefined) {
    throw new WebError('ROUTE_UNKNOWN', 'there is nothing at this address');
  }
  return file;
}
