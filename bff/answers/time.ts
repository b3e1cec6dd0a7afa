import { durationMs, timestampDate, type Duration, type Timestamp } from '@bufbuild/protobuf/wkt';

/** A moment as RFC 3339 in UTC; undefined for none, so that JSON leaves it out. */
export function moment(timestamp: Timestamp | undefined): string | undefined {
  return timestamp && timestampDate(timestamp).toISOString();
}

/** A duration in whole seconds, rounded up; undefined for none. */
export function seconds(duration: Duration | undefined): number | undefined {
  return duration && Math.ceil(durationMs(duration) / 1_000);
}
