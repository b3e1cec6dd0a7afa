/** How people are let in; a limit of 0 does not limit. Times in seconds. */
export interface Policy {
  readonly maxActive: number;
  readonly admitCount: number;
  readonly admitInterval: number;
  readonly activeTtl: number;
}

/** Who comes, for what, and how they behave. Times in seconds, shares from 0 to 1. */
export interface Sale {
  readonly people: number;
  /** Of these, those who come before the opening: their order is drawn by lot. */
  readonly lobbyShare: number;
  /** The others come after it, fewer and fewer: half of them in this time. */
  readonly rushHalfTime: number;
  readonly seats: number;
  /** What somebody wants to buy. */
  readonly seatsEach: number;
  /** How long a hold lasts. */
  readonly holdTime: number;
  /** How long people choose, and then how long they take to pay: half take less. */
  readonly chooseTime: number;
  readonly payTime: number;
  /** Who is let in, looks, and goes without a seat. */
  readonly giveUpShare: number;
  /** Who holds seats and never pays: they stay held until their time is over. */
  readonly abandonShare: number;
  /** Whose payment is declined, and who then gives the seats back. */
  readonly declineShare: number;
  /** Who waits goes away after so long, on average; 0: nobody does. */
  readonly patience: number;
  readonly seed: number;
}

/** A sale that nobody would wonder at. */
export const usualSale: Sale = {
  people: 100_000,
  lobbyShare: 0.6,
  rushHalfTime: 300,
  seats: 5_000,
  seatsEach: 2,
  holdTime: 300,
  chooseTime: 45,
  payTime: 60,
  giveUpShare: 0.15,
  abandonShare: 0.1,
  declineShare: 0.03,
  patience: 0,
  seed: 1,
};
