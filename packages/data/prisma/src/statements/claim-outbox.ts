import type { Outbox } from '@careledger/data-spec'
import type { Query } from '../driver/driver.ts'
import { outboxColumns } from './rows.ts'

/** Leases the oldest open rows that nobody holds, up to a count and a sum of bytes, the first in any case. [outbox-2], [outbox-3] */
export function claimOutbox(target: string, { limit, bytesMax, recordBytes, forMs }: Parameters<Outbox['claim']>[1]): Query {
  return { statement, values: [target, limit, recordBytes, bytesMax, forMs] }
}

const statement = {
  name: 'claim-outbox',
  text: `WITH picked AS MATERIALIZED (
      SELECT position, coalesce(length(data), 0)::int8 + $3::int8 AS size FROM outbox
      WHERE target = $1::text AND state IN (0, 1) AND (leased_until IS NULL OR leased_until <= clock_timestamp())
      ORDER BY position LIMIT $2::int8 FOR UPDATE SKIP LOCKED),
    summed AS (SELECT position, sum(size) OVER (ORDER BY position) AS total, row_number() OVER (ORDER BY position) AS place FROM picked)
    UPDATE outbox o SET attempts = o.attempts + 1, leased_until = clock_timestamp() + $5::int8 * interval '1 millisecond'
    FROM summed s WHERE o.position = s.position AND (s.total <= $4::int8 OR s.place = 1) RETURNING ${outboxColumns}`,
}
