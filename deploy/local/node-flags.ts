const manyCores = 4;

/**
 * How Node collects garbage where all programs share a few cores. A pause of its parallel collector ends when the last of its
 * threads has had a core: with five programs and PostgreSQL on two cores, pauses took 10 to 20 ms, several times a second. One
 * thread waits for no other, and less at a time makes more pauses that are shorter. Together: of 3,000 joins a second, open
 * loop, the p95 fell from 16 ms to 7.
 */
export function nodeFlags(cores: number): readonly string[] {
  return cores > manyCores ? [] : ['--v8-pool-size=0', '--max-semi-space-size=4'];
}
