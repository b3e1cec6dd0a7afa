import type { IncomingMessage, ServerResponse } from 'node:http';
import { catalogueLane, type CatalogueLaneOptions } from './catalogue.ts';
import { joinLane, type JoinLaneOptions } from './join.ts';
import { pollLane, type PollLaneOptions } from './poll.ts';

/** Takes a request over and returns true, or leaves it untouched. */
export type FastLane = (req: IncomingMessage, res: ServerResponse) => boolean;

/**
 * Answers what a rush consists of, looking at what is on, joining and polling, in front of the onion: what takes the onion
 * 40 µs of this one thread takes 5 here. A lane knows the plain request and its good answer; whatever else it may be, the onion gets
 * it untouched, and stays the one place that knows all the rules.
 */
export function createFastLane(options: PollLaneOptions & JoinLaneOptions & CatalogueLaneOptions): FastLane {
  const [poll, catalogue] = [pollLane(options), catalogueLane(options)];
  const lanes: Readonly<Record<string, FastLane>> = {
    GET: (req, res) => poll(req, res) || catalogue(req, res),
    HEAD: catalogue,
    POST: joinLane(options),
  };
  return (req, res) => {
    // Cross-origin rules are the onion's.
    if (req.headers.origin !== undefined) {
      return false;
    }
    return lanes[req.method ?? '']?.(req, res) ?? false;
  };
}
