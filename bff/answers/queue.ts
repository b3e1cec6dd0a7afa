import { QueueState, type Queue } from '@boxoffice/proto/queue';
import { jsonInteger } from '../request/json.ts';
import { moment, seconds } from './time.ts';

/** A queue with its policy and its live numbers, for operators; with how its lobby was drawn, when it was. */
export function queueAnswer({ scheduleId, state, policy, opensAt, ...live }: Queue) {
  return {
    scheduleId: jsonInteger(scheduleId),
    state: QueueState[state],
    maxActive: policy?.maxActive ?? 0,
    admitCount: policy?.admitCount ?? 0,
    admitIntervalSeconds: seconds(policy?.admitInterval) ?? 0,
    activeTtlSeconds: seconds(policy?.activeTtl) ?? 0,
    presenceTtlSeconds: seconds(policy?.presenceTtl) ?? 0,
    maxWaiting: policy?.maxWaiting ?? 0,
    maxPerAddress: policy?.maxPerAddress ?? 0,
    waiting: jsonInteger(live.waiting),
    admitted: jsonInteger(live.admitted),
    admittedTotal: jsonInteger(live.admittedTotal),
    issuedTotal: jsonInteger(live.issuedTotal),
    opensAt: moment(opensAt),
    drawnAt: moment(live.draw?.drawnAt),
    lobbyCount: live.draw && jsonInteger(live.draw.count),
    drawSeed: live.draw && Buffer.from(live.draw.seed).toString('hex'),
  };
}
