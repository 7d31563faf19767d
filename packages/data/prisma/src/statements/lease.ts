import type { Query } from '../driver/driver.ts'

/** One row with the token when the lease is ours now. [lease-1], [lease-2] */
export function takeLease(log: string, holder: string, forMs: number): Query {
  return { statement: take, values: [log, holder, Math.ceil(forMs)] }
}

/** [lease-3] */
export function giveLease(log: string, holder: string): Query {
  return { statement: give, values: [log, holder] }
}

/** The newest token, kept from changing until the transaction ends. */
export function fence(log: string): Query {
  return { statement: hold, values: [log] }
}

const take = {
  name: 'take-lease',
  text: `INSERT INTO lease AS l (log, token, holder, held_until) VALUES ($1::text, 1, $2::text, clock_timestamp() + $3::int8 * interval '1 millisecond')
    ON CONFLICT (log) DO UPDATE SET token = CASE WHEN l.holder = excluded.holder THEN l.token ELSE l.token + 1 END, holder = excluded.holder,
      held_until = clock_timestamp() + $3::int8 * interval '1 millisecond'
    WHERE l.holder IS NULL OR l.holder = excluded.holder OR l.held_until <= clock_timestamp() RETURNING token`,
}
const give = {
  name: 'give-lease',
  text: 'UPDATE lease SET token = token + 1, holder = NULL, held_until = clock_timestamp() WHERE log = $1::text AND holder = $2::text',
}
const hold = { name: 'fence', text: 'SELECT token FROM lease WHERE log = $1::text FOR SHARE' }
