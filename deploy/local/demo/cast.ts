/** What a member came for. */
export type Role = 'best' | 'chooser' | 'leaver' | 'vanisher' | 'walker' | 'releaser' | 'poor';

/** Who plays in an on-sale. */
export interface Part {
  readonly memberId: string;
  readonly role: Role;
  /** How many seats they want. */
  readonly wants: 1 | 2;
  /** Watches the event stream instead of polling. */
  readonly streams: boolean;
  /** Tries the seat map while still waiting. */
  readonly impatient: boolean;
}

/** In a hundred; the rest take the best seats there are. */
const shares: Readonly<Record<Exclude<Role, 'best'>, number>> = {
  chooser: 35,
  leaver: 6,
  vanisher: 2,
  walker: 6,
  releaser: 6,
  poor: 10,
};

/** Casts so many members with ids of this run, in random order. */
export function cast(members: number, run: string): Part[] {
  const roles = Object.entries(shares).flatMap(([role, share]) =>
    Array.from({ length: Math.floor((members * share) / 100) }, () => role as Role),
  );
  const all = [...roles, ...Array.from({ length: members - roles.length }, (): Role => 'best')];
  return shuffled(all).map((role, index) => ({
    memberId: `demo-${run}-${index + 1}`,
    role,
    wants: chance(0.4) ? 2 : 1,
    streams: chance(0.2),
    impatient: chance(0.1),
  }));
}

/** True so often. */
export function chance(share: number): boolean {
  return Math.random() < share;
}

/** Some of a list, in random order. */
export function pick<T>(list: readonly T[], count: number): T[] {
  return shuffled(list).slice(0, count);
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
