import { expect, test } from '@boxoffice/runtime/testing/tests';
import fc from 'fast-check';

import { EventScanner } from '../load/event-scanner.ts';

const head = 'HTTP/1.1 200 OK\r\nX-Id: 7\r\n\r\nretry: 2000\n\n';

function stream(ids: readonly number[], isChunked: boolean): Buffer {
  const events = ids.map((id) => {
    const event = `id: ${id}\nevent: position\ndata: {"ahead":${id},"what":"id: 999"}\n\n`;
    return isChunked ? `${event.length.toString(16)}\r\n${event}\r\n` : event;
  });
  return Buffer.from([head, ...events].join(''));
}

test('every id is found when each event comes by itself, chunked or not', () => {
  for (const isChunked of [false, true]) {
    const scanner = new EventScanner();
    const sizes = [1, 2, 3].map((count) => stream([11, 12, 13].slice(0, count), isChunked).length);
    const bytes = stream([11, 12, 13], isChunked);
    const pieces = [0, ...sizes].map((from, index) => bytes.subarray(from, sizes[index]));
    expect(pieces.slice(0, 3).map((piece) => scanner.push(piece))).toEqual([11, 12, 13]);
  }
});

test('the last id is found however the connection cuts the stream', () => {
  const ids = fc.array(fc.nat({ max: 1e9 }), { minLength: 1, maxLength: 5 });
  const cuts = fc.array(fc.nat({ max: 500 }), { maxLength: 6 });
  fc.assert(
    fc.property(ids, cuts, fc.boolean(), (all, where, isChunked) => {
      const bytes = stream(all, isChunked);
      const ends = [...where.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
      const scanner = new EventScanner();
      const found = ends.map((end, index) => scanner.push(bytes.subarray(ends[index - 1] ?? 0, end)));
      expect(found.findLast((id) => id !== undefined)).toBe(all.at(-1));
    }),
  );
});

test('heartbeats tell nothing', () => {
  expect(new EventScanner().push(Buffer.from(':\n\n'))).toBeUndefined();
});
