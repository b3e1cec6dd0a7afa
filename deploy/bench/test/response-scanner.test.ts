import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import fc from 'fast-check';

import { ResponseScanner, ScanError } from '../load/response-scanner.ts';

interface Response {
  readonly status: number;
  readonly body: string;
}

function bytesOf(responses: readonly Response[]): Buffer {
  const text = responses.map(({ status, body }, index) => {
    const name = ['Content-Length', 'content-length', 'CONTENT-LENGTH'][index % 3];
    return `HTTP/1.1 ${status} Whatever\r\nX-Content-Length: 7\r\n${name}: ${Buffer.byteLength(body)}\r\nDate: now\r\n\r\n${body}`;
  });
  return Buffer.from(text.join(''));
}

function scan(pieces: readonly Buffer[]): Response[] {
  const scanner = new ResponseScanner();
  const found: Response[] = [];
  for (const piece of pieces) scanner.push(piece, (status, body) => found.push({ status, body: body.toString() }));
  return found;
}

const response = fc.record({
  status: fc.integer({ min: 200, max: 599 }),
  body: fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constant('a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n')),
});

test('responses are found however the connection cuts them', () => {
  fc.assert(
    fc.property(fc.array(response, { maxLength: 5 }), fc.array(fc.nat({ max: 400 }), { maxLength: 8 }), (all, cuts) => {
      const bytes = bytesOf(all);
      const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      expect(scan(pieces)).toEqual(all);
    }),
  );
});

test('an answer without content needs no length', () => {
  expect(scan([Buffer.from('HTTP/1.1 204 No Content\r\n\r\n')])).toEqual([{ status: 204, body: '' }]);
});

describe('refused are', () => {
  const refused = {
    'chunked responses': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    'responses without a length': 'HTTP/1.1 200 OK\r\nDate: now\r\n\r\n',
    'what is no HTTP': 'SSH-2.0-OpenSSH\r\n\r\n',
    'heads without an end': `HTTP/1.1 200 OK\r\n${'x'.repeat(1_100_000)}`,
  };
  test.each(Object.entries(refused))('%s', (_, text) => {
    expect(() => scan([Buffer.from(text)])).toThrow(ScanError);
  });
});
