import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Asset } from './asset.ts';
import { grpcPage } from './grpc-page.ts';

/**
 * What pages of the reference may do: run and load what this server has, and nothing else. Swagger UI sets styles of single
 * elements, and has icons in `data:`.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const html = 'text/html; charset=utf-8';
const pageHeaders = { 'Cache-Control': 'public, max-age=60', 'Content-Security-Policy': pagePolicy };
// Asked for again after an hour: a new version has the same names.
const fileHeaders = { 'Cache-Control': 'public, max-age=3600' };

const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const own = join(import.meta.dirname, 'files');

/** The pages of the reference and what they load, by path; each is made when it is first asked for. */
export const pages: Readonly<Record<string, () => Asset>> = {
  '/docs': once(() => new Asset(html, readFileSync(join(own, 'docs.html')), pageHeaders)),
  '/docs/grpc': once(
    () => new Asset(html, Buffer.from(grpcPage(readFileSync(join(own, 'grpc.css'), 'utf8'))), pageHeaders),
  ),
  '/docs/docs.css': file(own, 'docs.css', 'text/css; charset=utf-8'),
  '/docs/docs.js': file(own, 'docs.js', 'text/javascript; charset=utf-8'),
  '/docs/swagger-ui.css': file(swagger, 'swagger-ui.css', 'text/css; charset=utf-8'),
  '/docs/swagger-ui-bundle.js': file(swagger, 'swagger-ui-bundle.js', 'text/javascript; charset=utf-8'),
  '/docs/favicon.png': file(swagger, 'favicon-32x32.png', 'image/png'),
};

function file(folder: string, name: string, type: string): () => Asset {
  return once(() => new Asset(type, readFileSync(join(folder, name)), fileHeaders));
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
