import type { Operation } from '../operation.ts';
import { object } from '../schema.ts';

/** Who is signed in. */
export const sessionOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/session',
    id: 'getSession',
    tag: 'About',
    caller: 'member',
    summary: 'Tell who is signed in',
    description:
      'For pages, which see no access token themselves: a proxy in front adds it. A refusal has `metadata.signInUrl` where the server knows it.',
    answers: {
      200: {
        description: 'Who it is.',
        schema: object(
          'How members show who they are, and who this one is.',
          { authMode: { type: 'string', enum: ['open', 'jwt'] }, memberId: { type: 'string' } },
          ['memberId'],
        ),
      },
    },
    rpcs: [],
    examples: { default: { status: 200 } },
  },
];
