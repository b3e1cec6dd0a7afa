import Sequencer from '@jest/test-sequencer';

/** What starts whole systems, servers and browsers takes longest, whatever the size of its file. */
const slow = /\/(deploy\/(local|backup|check\/queries)|bff\/test\/browser)\//;

/** Slow files first, so that none of them is left alone at the end. */
export default class SlowFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => Number(slow.test(b.path)) - Number(slow.test(a.path)));
  }
}
