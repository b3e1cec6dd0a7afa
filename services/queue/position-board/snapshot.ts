import { create } from '@bufbuild/protobuf';
import { QueueSnapshotPieceSchema, type Draw, type QueueSnapshotPiece } from '@boxoffice/proto/queue';

import type { LeftLine } from './left-line.ts';

/** Bytes of a bitmap in one piece: 262,144 tickets, half of what a message may have. */
const pieceBytes = 32 * 1024;

/** A queue at one revision: all that positions need. */
export interface LineSnapshot {
  readonly revision: bigint;
  readonly servedThrough: bigint;
  /** By place; in a lobby by number. */
  readonly left: LeftLine;
  /** How the lobby was drawn, when it was. */
  readonly draw?: Draw | undefined;
}

/** Cuts a snapshot into pieces that each fit into a message. There is always one, and the last says so. */
export function snapshotPieces({ revision, servedThrough, left, draw }: LineSnapshot): QueueSnapshotPiece[] {
  const firstNumber = Number(servedThrough) - (Number(servedThrough) % 8) + 1;
  const bits = left.bitsFrom(firstNumber);
  const count = Math.max(1, Math.ceil(bits.length / pieceBytes));
  return Array.from({ length: count }, (_, index) =>
    create(QueueSnapshotPieceSchema, {
      revision,
      servedThrough,
      firstNumber: BigInt(firstNumber + index * pieceBytes * 8),
      left: bits.subarray(index * pieceBytes, (index + 1) * pieceBytes),
      last: index === count - 1,
      ...(draw !== undefined && { draw }),
    }),
  );
}
