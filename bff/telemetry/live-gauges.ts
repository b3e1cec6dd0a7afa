import type { Meter } from '@opentelemetry/api';
import type { LiveBoards } from '@boxoffice/queue/position-board';
import type { HttpServer } from '../http/http-server.ts';
import { streamKinds, type StreamRoom } from '../http/stream-room.ts';
import type { JoinLimits } from '../joining/join-limits.ts';
import type { LiveSeatMaps } from '../seat-maps/live-seat-maps.ts';

interface Live {
  readonly boards: LiveBoards;
  readonly seatMaps: LiveSeatMaps;
  readonly room: StreamRoom;
  readonly joinLimits: JoinLimits;
}

/** Measures what this process keeps up for those who look on, when somebody asks. */
export function measureLive(meter: Meter, { boards, seatMaps, room, joinLimits }: Live): void {
  const gauge = (name: string, description: string, value: () => number): void =>
    meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(value()));
  gauge('boxoffice_boards_open', 'Boards of positions in use', () => boards.open);
  gauge('boxoffice_board_staleness_seconds', 'Since the stalest of them has heard', () => boards.silentMs / 1_000);
  gauge('boxoffice_seat_maps_open', 'Maps of seats in use', () => seatMaps.open);
  gauge('boxoffice_seat_map_staleness_seconds', 'Since the stalest of them has heard', () => seatMaps.silentMs / 1_000);
  meter
    .createObservableGauge('boxoffice_http_streams_open', { description: 'Streams that are read, by any protocol' })
    .addCallback((result) => streamKinds.forEach((kind) => result.observe(room.open(kind), { kind })));
  meter
    .createObservableCounter('boxoffice_joins_limited', { description: 'Joins refused for coming too often' })
    .addCallback((result) => result.observe(joinLimits.refused));
}

/** Measures how many connections a server has. */
export function measureConnections(meter: Meter, server: HttpServer): void {
  meter
    .createObservableGauge('boxoffice_connections_open', { description: 'Connections of clients' })
    .addCallback(async (result) => result.observe(await server.connections()));
}
