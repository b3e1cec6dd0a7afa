/** SQL of the state of a row of `seats` now, as `SeatState` has it. */
export const seatStateNow = `case
    when seats.state = 'HELD' and seats.held_until <= statement_timestamp() then 'OPEN' else seats.state
  end`;
