import { chainSteps, type AssignBatch } from '@careledger/data-kit'
import { Blob, numbers, texts } from '../driver/array-literals.ts'
import type { Query, Row } from '../driver/driver.ts'

/** Moves the tree, gives the leaves their indexes and stores heads and tiles; `complete` and `fenced` read its counts. */
export function assign(log: string, { from, leaves, tiles, frontier }: AssignBatch): { readonly query: Query; fenced(row: Row | undefined): boolean; complete(row: Row | undefined): boolean } {
  const steps = chainSteps(leaves)
  const fresh = steps.filter((step) => step.first === 0)
  const blob = new Blob()
  const inputs = leaves.map(({ leafInput }) => { const at = blob.size; blob.add(leafInput); return at })
  const hashes = steps.map(({ leafHash }) => { const at = blob.size; blob.add(leafHash); return at })
  const sorted = [...tiles].sort((left, right) => (left.path < right.path ? -1 : 1))
  const places = sorted.map(({ bytes }) => ({ at: blob.size, length: blob.add(bytes) }))
  return {
    query: {
      statement,
      values: [
        blob.bytes(), log, from, from + leaves.length, Buffer.concat(frontier),
        texts(leaves.map((leaf) => leaf.id)), numbers(inputs), texts(leaves.map((leaf) => leaf.chain)), numbers(leaves.map((leaf) => leaf.chainSequence)),
        texts(steps.map((step) => step.chain)), numbers(steps.map((step) => step.first)), numbers(steps.map((step) => step.last)), numbers(hashes),
        texts(sorted.map((tile) => tile.path)), numbers(places.map((place) => place.at)), numbers(places.map((place) => place.length)),
      ],
    },
    fenced: (row) => row?.['moved'] !== 1,
    complete: (row) => row?.['taken'] === leaves.length && row['placed'] === leaves.length && row['started'] === fresh.length
      && row['continued'] === steps.length - fresh.length && row['tiled'] === tiles.length,
  }
}

const statement = {
  name: 'assign',
  text: `WITH moved AS (
      INSERT INTO tree AS t (log, size, frontier) SELECT $2::text, $4::int8, $5::bytea
      WHERE $3::int8 = 0 OR EXISTS (SELECT 1 FROM tree WHERE log = $2::text)
      ON CONFLICT (log) DO UPDATE SET size = excluded.size, frontier = excluded.frontier WHERE t.size = $3::int8 RETURNING 1),
    leaf_in AS MATERIALIZED (
      SELECT id, substring($1::bytea from at + 1 for 32) AS input, chain, sequence, ord
      FROM unnest(($6::text)::uuid[], ($7::text)::int4[], ($8::text)::text[], ($9::text)::int8[]) WITH ORDINALITY AS i(id, at, chain, sequence, ord)),
    taken AS (DELETE FROM waiting w USING leaf_in i WHERE w.entry_id = i.id RETURNING 1),
    placed AS (
      INSERT INTO leaf (log, leaf_index, entry_id, leaf_input, chain, chain_sequence)
      SELECT $2::text, $3::int8 + ord - 1, id, input, chain, sequence FROM leaf_in ORDER BY ord ON CONFLICT DO NOTHING RETURNING 1),
    step_in AS MATERIALIZED (
      SELECT chain, first, last, substring($1::bytea from at + 1 for 32) AS hash, ord
      FROM unnest(($10::text)::text[], ($11::text)::int8[], ($12::text)::int8[], ($13::text)::int4[]) WITH ORDINALITY AS i(chain, first, last, at, ord)),
    started AS (
      INSERT INTO chain_head (log, chain, sequence, leaf_hash) SELECT $2::text, chain, last, hash FROM step_in WHERE first = 0 ORDER BY ord ON CONFLICT DO NOTHING RETURNING 1),
    continued AS (
      UPDATE chain_head h SET sequence = s.last, leaf_hash = s.hash FROM step_in s
      WHERE s.first > 0 AND h.log = $2::text AND h.chain = s.chain AND h.sequence = s.first - 1 RETURNING 1),
    tiled AS (
      INSERT INTO tile AS t (log, path, bytes)
      SELECT $2::text, path, substring($1::bytea from at + 1 for l) FROM unnest(($14::text)::text[], ($15::text)::int4[], ($16::text)::int4[]) AS i(path, at, l)
      ON CONFLICT (log, path) DO UPDATE SET bytes = excluded.bytes WHERE length(t.bytes) <> 8192 OR t.bytes = excluded.bytes RETURNING 1)
    SELECT (SELECT count(*)::int4 FROM moved) AS moved, (SELECT count(*)::int4 FROM taken) AS taken, (SELECT count(*)::int4 FROM placed) AS placed,
      (SELECT count(*)::int4 FROM started) AS started, (SELECT count(*)::int4 FROM continued) AS continued, (SELECT count(*)::int4 FROM tiled) AS tiled`,
}
