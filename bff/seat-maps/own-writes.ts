import { LRUCache } from 'lru-cache';
import type { Interceptor } from '@connectrpc/connect';
import {
  InventoryService,
  ReservationStatus,
  SeatStatus,
  type HoldSeatsResponse,
  type ReleaseReservationResponse,
  type Reservation,
} from '@boxoffice/proto/inventory';
import {
  LedgerService,
  PaymentStatus,
  RefundStatus,
  type PayResponse,
  type RefundResponse,
} from '@boxoffice/proto/ledger';
import { isReplay } from '@boxoffice/runtime/replay';
import type { LiveSeatMaps } from './live-seat-maps.ts';

// Holds whose payment may still come through here.
const reservationsMax = 20_000;

/**
 * Notes in the seat maps what goes through this process: seats held, released, paid and refunded, by whatever door the caller
 * came in. Not what is told again: that was so once. A release is noted once a reservation, for it may be repeated when the
 * seats are somebody else's already.
 */
export class OwnWrites {
  readonly #maps: Pick<LiveSeatMaps, 'note'>;
  /** The seats of reservations made here that are still theirs. */
  readonly #seats = new LRUCache<bigint, Set<bigint>>({ max: reservationsMax });

  constructor(maps: Pick<LiveSeatMaps, 'note'>) {
    this.#maps = maps;
  }

  /** Stands in the way to the services and reads their answers. */
  readonly interceptor: Interceptor = (next) => async (request) => {
    const response = await next(request);
    if (!response.stream && !isReplay(response.header)) {
      this.#read(response.method, response.message);
    }
    return response;
  };

  #read(method: object, message: unknown): void {
    switch (method) {
      case InventoryService.method.holdSeats:
        return this.#held((message as HoldSeatsResponse).reservation);
      case InventoryService.method.releaseReservation:
        return this.#released((message as ReleaseReservationResponse).reservation);
      case LedgerService.method.pay:
        return this.#paid(message as PayResponse);
      case LedgerService.method.refund:
        return this.#refunded(message as RefundResponse);
    }
  }

  #held(reservation: Reservation | undefined): void {
    if (reservation?.status === ReservationStatus.PENDING) {
      const seatIds = reservation.seats.map(({ id }) => id);
      this.#seats.set(reservation.id, new Set(seatIds));
      this.#maps.note(reservation.scheduleId, seatIds, SeatStatus.HELD);
    }
  }

  #released(reservation: Reservation | undefined): void {
    if (reservation?.status === ReservationStatus.CANCELLED) {
      this.#note(reservation.id, reservation.scheduleId, [], SeatStatus.OPEN);
    }
  }

  #paid({ payment }: PayResponse): void {
    const seats = this.#seats.get(payment?.reservationId ?? 0n);
    if (payment?.status === PaymentStatus.PAID && seats !== undefined) {
      this.#maps.note(payment.scheduleId, [...seats], SeatStatus.SOLD);
    }
  }

  #refunded({ payment, refund }: RefundResponse): void {
    if (payment !== undefined && refund?.status === RefundStatus.REFUNDED) {
      this.#note(payment.reservationId, payment.scheduleId, refund.seatIds, SeatStatus.OPEN);
    }
  }

  /** Some of a reservation's seats, or all that are left, are its member's no more. */
  #note(reservationId: bigint, scheduleId: bigint, some: readonly bigint[], status: SeatStatus): void {
    const seats = this.#seats.get(reservationId);
    const gone = [...(seats ?? [])].filter((id) => some.length === 0 || some.includes(id));
    gone.forEach((id) => seats?.delete(id));
    if (seats?.size === 0) {
      this.#seats.delete(reservationId);
    }
    this.#maps.note(scheduleId, gone, status);
  }
}
