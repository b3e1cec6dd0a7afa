/**
 * The value given to a ticket `t`, of an array that goes with the ascending array of numbers `$2`. To be used with
 * `t.number = any ($2)`, for which each ticket is looked up by its key. A join with the arrays would be planned as a walk along
 * the whole queue, which seems as cheap while a plan is made on an empty table. `width_bucket` finds a number in the ascending
 * array by halving it.
 */
export function given(parameter: `$${number}`, type: string): string {
  return `(${parameter}::${type}[])[width_bucket(t.number, $2::bigint[])]`;
}
