import type { NewOutboxRow } from '@careledger/data-spec'
import { Blob, numbers, texts } from '../driver/array-literals.ts'
import type { Query } from '../driver/driver.ts'

/** Adds the rows that are not there yet, in the given order, and counts them. [outbox-5] */
export function addOutboxRows(rows: readonly NewOutboxRow[]): Query {
  const blob = new Blob()
  const places = rows.map(({ data }) => ({ at: blob.size, length: blob.add(data) }))
  return {
    statement,
    values: [
      blob.bytes(),
      texts(rows.map((row) => row.target)), texts(rows.map((row) => row.item)), texts(rows.map((row) => row.stream)), texts(rows.map((row) => row.recordId)),
      texts(rows.map((row) => row.key)), texts(rows.map((row) => row.digest)), numbers(places.map((place) => place.at)), numbers(places.map((place) => place.length)),
      numbers(rows.map((row) => row.epoch)), numbers(rows.map((row) => row.createdAt.getTime())),
    ],
  }
}

const statement = {
  name: 'add-outbox-rows',
  text: `WITH added AS (
      INSERT INTO outbox (target, item, stream, record_id, key, digest, data, epoch, created_at)
      SELECT target, item, stream, record_id, key, digest, CASE WHEN l >= 0 THEN substring($1::bytea from at + 1 for l) END, epoch, to_timestamp(created / 1000.0)
      FROM unnest(($2::text)::text[], ($3::text)::text[], ($4::text)::text[], ($5::text)::text[], ($6::text)::text[], ($7::text)::text[], ($8::text)::int4[], ($9::text)::int4[],
        ($10::text)::int4[], ($11::text)::int8[]) WITH ORDINALITY AS i(target, item, stream, record_id, key, digest, at, l, epoch, created, ord)
      ORDER BY ord ON CONFLICT (item, target) DO NOTHING RETURNING target)
    INSERT INTO outbox_count AS c (target, state, part, count)
    SELECT target, 0, 0, count(*) FROM added GROUP BY target ORDER BY target
    ON CONFLICT (target, state, part) DO UPDATE SET count = c.count + excluded.count`,
}
