import type { DescMethod } from '@bufbuild/protobuf';
import { commentOf } from '@boxoffice/proto/contract';
import { isReason, type Reason } from '@boxoffice/proto/reasons';

const quoted = /`([A-Z_]+)`/g;

/** The reasons that the contract says an RPC refuses for, those it has in common with others of its service included. */
export function refusalsOf(rpc: DescMethod): Reason[] {
  const own = reasonsIn(commentOf(rpc), /^Refusals/);
  const takesToken = rpc.input.fields.some(({ localName }) => localName === 'token');
  const common = takesToken ? reasonsIn(commentOf(rpc.parent), /`token`.*[Rr]efusals/) : [];
  return [...new Set([...own, ...common])];
}

/** What the contract says about an RPC, but for its refusals. */
export function descriptionOf(rpc: DescMethod): string {
  return commentOf(rpc)
    .split('\n\n')
    .filter((paragraph) => !/^Refusals/.test(paragraph))
    .join('\n\n');
}

function reasonsIn(comment: string, paragraph: RegExp): Reason[] {
  return comment
    .split('\n\n')
    .filter((text) => paragraph.test(text))
    .flatMap((text) => [...text.matchAll(quoted)].map(([, name = '']) => name))
    .filter(isReason);
}
