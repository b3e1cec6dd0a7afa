import { create } from '@bufbuild/protobuf';
import { StringValueSchema } from '@bufbuild/protobuf/wkt';
import { expect, test } from '@boxoffice/runtime/testing/tests';

import { refuse } from '../error.ts';
import { markReplay, responseOf } from '../replay.ts';
import { isReplayed } from '../testing/replay.ts';
import { connect, startProbe } from './grpc-probe.ts';

const response = create(StringValueSchema, { value: 'done' });

test.each([true, false])('an answer tells over the wire whether it is a replay: %s', async (replayed) => {
  await using server = await startProbe({ say: (_, context) => responseOf(context, { response, replayed }) });
  await using client = connect(server.address);
  expect(await isReplayed((options) => client.say({}, options))).toBe(replayed);
});

test.each([true, false])('so does a refusal: %s', async (replayed) => {
  await using server = await startProbe({
    say() {
      const refusal = refuse('SEAT_TAKEN', 'taken');
      if (replayed) markReplay(refusal.metadata);
      throw refusal;
    },
  });
  await using client = connect(server.address);
  expect(await isReplayed((options) => client.say({}, options))).toBe(replayed);
});

test('a replay of the service behind is none of the one in front', async () => {
  await using behind = await startProbe({
    say() {
      const refusal = refuse('SEAT_TAKEN', 'taken');
      markReplay(refusal.metadata);
      throw refusal;
    },
  });
  await using inner = connect(behind.address);
  await using front = await startProbe({ say: () => inner.say({}) });
  await using client = connect(front.address);
  expect(await isReplayed((options) => client.say({}, options))).toBe(false);
});
