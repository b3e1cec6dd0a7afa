/**
 * Makes the connections of a database URL plan each prepared statement once, for any parameters, and by an index. For programs
 * whose every statement is found by the same index whatever its parameters are.
 *
 * Left to itself, PostgreSQL plans the statements that take a list anew each time, as it expects ten ids and finds one: 0.7 ms
 * of its time instead of 0.1 to be told that a seat is taken, 0.9 instead of 0.4 to hold one. A plan that is kept is made when
 * the process starts, perhaps on tables that are empty, where reading all of one is cheapest; it would be kept while they grow,
 * until somebody analyzes them. So no plan reads a whole table where an index leads to the rows.
 */
export function withIndexPlans(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const options = [url.searchParams.get('options'), '-c plan_cache_mode=force_generic_plan', '-c enable_seqscan=off'];
  url.searchParams.set('options', options.filter(Boolean).join(' '));
  return url.href;
}
