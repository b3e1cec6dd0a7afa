import type { Member } from './member.ts';

/** Something that is done in several steps, by one call of a client's. */
export interface Protocol {
  /** Brings a member to where it begins. */
  readonly prepare: (member: Member) => Promise<void>;
  /** One call; again is the same request. */
  readonly call: (member: Member) => Promise<unknown>;
}

const withHold = async (member: Member): Promise<void> => {
  await member.enter();
  await member.haveHeld();
};

/** All of them. */
export const protocols = {
  charge: { prepare: (member) => member.openAccount(), call: (member) => member.charge() },
  hold: { prepare: (member) => member.enter(), call: (member) => member.hold() },
  extension: { prepare: withHold, call: (member) => member.extend() },
  payment: { prepare: withHold, call: (member) => member.pay() },
  /** Its seats are given back while it is under way, so that Inventory rejects it. */
  'rejected payment': { prepare: withHold, call: (member) => member.pay() },
  refund: {
    prepare: async (member) => {
      await withHold(member);
      await member.havePaid();
    },
    call: (member) => member.refund(),
  },
} as const satisfies Readonly<Record<string, Protocol>>;

/** The name of one. */
export type ProtocolName = keyof typeof protocols;
