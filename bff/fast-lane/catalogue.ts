import type { IncomingMessage } from 'node:http';
import type { MemoryEntry } from '@boxoffice/runtime/memory';
import type { CatalogueAnswers } from '../catalogue/catalogue-answers.ts';
import {
  concertEntry,
  concertsEntry,
  datesOfConcertEntry,
  datesOfDayEntry,
  scheduleEntry,
} from '../catalogue/entries.ts';
import { requestIdOf } from '../http/request-id.ts';
import { publicAnswers } from './answer.ts';
import type { FastLane } from './fast-lane.ts';

/** What the catalogue is answered from. */
export interface CatalogueLaneOptions {
  readonly catalogue: Pick<CatalogueAnswers, 'peek'>;
  /** Whether answers may depend on the origin, where there is one. */
  readonly variesByOrigin: boolean;
}

const concertsPath = '/v1/concerts';
const schedulesPath = '/v1/schedules';
const concertPattern = /^\/v1\/concerts\/([1-9][0-9]{0,17})(\/schedules)?$/;
const schedulePattern = /^\/v1\/schedules\/([1-9][0-9]{0,17})$/;
const dayPattern = /^\/v1\/schedules\?date=([0-9]{4}-[0-9]{2}-[0-9]{2})$/;
const etagPattern = /^(?:W\/)?("[^"]*")$/;

/** Answers what is on, as long as it is remembered, and with 304 who has it already. */
export function catalogueLane({ catalogue, variesByOrigin }: CatalogueLaneOptions): FastLane {
  const send = publicAnswers(variesByOrigin ? { Vary: 'Origin' } : {});
  return (req, res) => {
    const entry = entryOf(req.url ?? '');
    const answer = entry && catalogue.peek(entry);
    const isKnown = answer && hasSeen(req, answer.etag);
    if (answer === undefined || isKnown === undefined) {
      return false;
    }
    send(res, answer, { requestId: requestIdOf(req), isKnown, isHead: req.method === 'HEAD' });
    return true;
  };
}

function entryOf(url: string): MemoryEntry | undefined {
  if (url.startsWith(concertsPath)) {
    if (url.length === concertsPath.length) {
      return concertsEntry();
    }
    const [, id, schedules] = concertPattern.exec(url) ?? [];
    return id === undefined ? undefined : schedules === undefined ? concertEntry(id) : datesOfConcertEntry(id);
  }
  if (!url.startsWith(schedulesPath)) {
    return undefined;
  }
  const day = dayPattern.exec(url)?.[1];
  const id = schedulePattern.exec(url)?.[1];
  return day !== undefined ? datesOfDayEntry(day) : id === undefined ? undefined : scheduleEntry(id);
}

/** Whether who asks has that answer; undefined for what the onion knows better: several tags, `*`, other conditions. */
function hasSeen({ headers }: IncomingMessage, etag: string): boolean | undefined {
  const { 'if-none-match': tag } = headers;
  if (tag === undefined) {
    return false;
  }
  const seen = etagPattern.exec(tag)?.[1];
  const isPlain = headers['cache-control'] === undefined && headers['if-modified-since'] === undefined;
  return seen === undefined || !isPlain ? undefined : seen === etag;
}
