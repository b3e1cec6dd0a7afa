import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ServedFile } from '../served-file.ts';
import { once } from './once.ts';

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
const css = 'text/css; charset=utf-8';
const javascript = 'text/javascript; charset=utf-8';
const pageHeaders = { 'Cache-Control': 'public, max-age=60', 'Content-Security-Policy': pagePolicy };
// Asked for again after an hour: a new version has the same names.
const fileHeaders: Readonly<Record<string, string>> = { 'Cache-Control': 'public, max-age=3600' };

const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const own = join(import.meta.dirname, 'files');

interface Page {
  readonly file: () => Promise<ServedFile>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The pages of the reference and what they load, by path; each is made when it is first asked for. */
export const pages: Readonly<Record<string, Page>> = {
  '/docs': page(own, 'docs.html', html, pageHeaders),
  '/docs/grpc': { file: once(makeGrpcPage), headers: pageHeaders },
  '/docs/docs.css': page(own, 'docs.css', css),
  '/docs/docs.js': page(own, 'docs.js', javascript),
  '/docs/swagger-ui.css': page(swagger, 'swagger-ui.css', css),
  '/docs/swagger-ui-bundle.js': page(swagger, 'swagger-ui-bundle.js', javascript),
  '/docs/favicon.png': page(swagger, 'favicon-32x32.png', 'image/png'),
};

function page(folder: string, name: string, type: string, headers = fileHeaders): Page {
  return { file: once(async () => new ServedFile(type, await readFile(join(folder, name)))), headers };
}

async function makeGrpcPage(): Promise<ServedFile> {
  const [{ grpcPage }, style] = await Promise.all([import('./grpc-page.ts'), readFile(join(own, 'grpc.css'), 'utf8')]);
  return new ServedFile(html, grpcPage(style));
}
