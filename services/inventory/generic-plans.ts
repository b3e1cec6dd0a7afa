/**
 * Makes the connections of a database URL plan each prepared statement once, for any parameters. Left to itself, PostgreSQL
 * plans the statements that take a list of seats anew each time, as it expects ten ids and finds one: 0.7 ms of its time
 * instead of 0.1 to be told that a seat is taken, 0.9 instead of 0.4 to hold one. Every statement here is found by the same
 * index whatever its parameters are.
 */
export function withGenericPlans(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const options = url.searchParams.get('options');
  url.searchParams.set('options', [options, '-c plan_cache_mode=force_generic_plan'].filter(Boolean).join(' '));
  return url.href;
}
