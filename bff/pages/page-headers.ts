/**
 * The headers of a page: it may load what we serve, talk to us, and nothing else. No `upgrade-insecure-requests`, which
 * helmet would add: plain http has to work on a machine of one's own.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join(';'),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'Referrer-Policy': 'no-referrer',
};

/** The headers of an asset: another content has another address. */
export const assetHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'public, max-age=31536000, immutable',
};

/** The headers of what has the same address in every version: asked for again each time. */
export const unversionedHeaders: Readonly<Record<string, string>> = { 'Cache-Control': 'no-cache' };
