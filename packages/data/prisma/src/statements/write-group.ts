import { compareTexts } from '@careledger/data-kit'
import type { Claim, Decision, ProjectionWrite, SeenIndex, SeenRow, StoredEntry } from '@careledger/data-spec'
import { Blob, numbers, texts } from '../driver/array-literals.ts'
import type { Query, Row, SqlValue, Statement } from '../driver/driver.ts'
import { stampOf } from './rows.ts'

export type ComparedWrite = ProjectionWrite & { readonly expected?: number | undefined }
export type ReplacingWrite = ProjectionWrite & { readonly expected: 'any'; readonly next: Uint8Array }

/** Rows of many Writes, joined. Each list may be empty; none names a row twice. */
export interface GroupRows {
  readonly entries: readonly StoredEntry[]
  readonly projections: readonly ComparedWrite[]
  /** Rows that are made or replaced, whatever stands there. */
  readonly replaced: readonly ReplacingWrite[]
  /** Rows that must have this version. */
  readonly held: readonly { readonly table: string; readonly key: string; readonly version: number }[]
  /** Rows that must not exist; leaves rows of version 0, which `dropAbsences` removes in the same transaction. */
  readonly absent: readonly { readonly table: string; readonly key: string }[]
  /** [seen-1] */
  readonly seenRows: readonly SeenRow[]
  readonly seenIndexes: readonly SeenIndex[]
  readonly claims: readonly Claim[]
  readonly decisions: readonly Decision[]
}

/**
 * One statement that writes everything and counts what it did; `complete` compares. Rows that conflict are left out and not counted, so
 * an incomplete answer means: roll back and ask who was in the way. Rows are sorted, so that two processes lock them in one order.
 */
export function writeGroup(group: GroupRows): { readonly query: Query; complete(row: Row | undefined): boolean } {
  const { parts, values, expected } = assemble(group)
  return {
    query: { statement: statementOf(parts, 'counts'), values },
    complete: (row) => row !== undefined && Object.entries(expected).every(([name, count]) => row[name] === count),
  }
}

/**
 * The same as a whole transaction of its own, in one round trip: the statement compares by itself and divides by zero where it is
 * incomplete, so that the server undoes it (`isIncomplete`). Not for `absent` rows, which a second statement removes.
 */
export function writeGroupAlone(group: GroupRows): Query {
  const { parts, values, expected } = assemble(group)
  return { statement: statementOf(parts, 'divides'), values: [...values, numbers(Object.values(expected))] }
}

/** Whether this is the refusal of `writeGroupAlone`: nothing was written. SQLSTATE 22012, division_by_zero. */
export function isIncomplete(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === '22012'
}

function assemble(group: GroupRows): { readonly parts: readonly Part[]; readonly values: readonly SqlValue[]; readonly expected: Readonly<Record<string, number>> } {
  const blob = new Blob()
  const values: SqlValue[] = []
  const parts = [
    group.entries.length > 0 ? entriesPart : undefined,
    group.projections.length > 0 ? projectionsPart : undefined,
    group.replaced.length > 0 ? replacedPart : undefined,
    group.held.length > 0 ? heldPart : undefined,
    group.absent.length > 0 ? absentPart : undefined,
    group.seenRows.length > 0 ? seenRowsPart : undefined,
    group.seenIndexes.length > 0 ? seenIndexesPart : undefined,
    group.claims.length > 0 ? claimsPart : undefined,
    group.decisions.length > 0 ? decisionsPart : undefined,
  ].filter((part) => part !== undefined)
  const expected: Record<string, number> = {}
  for (const part of parts) {
    values.push(...part.values(group, blob))
    Object.assign(expected, part.expected(group))
  }
  return { parts, values: [blob.bytes(), ...values], expected }
}

/** Removes the rows that `absent` left; to run before COMMIT. */
export function dropAbsences(absent: GroupRows['absent']): Query {
  return {
    statement: {
      name: 'drop-absences',
      text: `DELETE FROM projection p USING unnest(($1::text)::text[], ($2::text)::text[]) AS i(t, k) WHERE p.table_name = i.t AND p.row_key = i.k AND p.version = 0`,
    },
    values: [texts(absent.map((one) => one.table)), texts(absent.map((one) => one.key))],
  }
}

interface Part {
  readonly name: string
  /** How many parameters it takes. */
  readonly width: number
  /** Common table expressions; `p(1)` is the number of its first parameter, `$1` the blob. */
  with(p: (place: number) => string): string
  /** Counts by name, as scalar subqueries. */
  readonly counts: Readonly<Record<string, string>>
  values(group: GroupRows, blob: Blob): readonly SqlValue[]
  expected(group: GroupRows): Readonly<Record<string, number>>
}

const statements = new Map<string, Statement>()

/** The statement for these parts, made once; at most 511 of each kind. The order of `counts` is that of `expected`. */
function statementOf(parts: readonly Part[], kind: 'counts' | 'divides'): Statement {
  const name = `${kind === 'counts' ? 'write' : 'commit'}-${parts.map((part) => part.name).join('')}`
  const known = statements.get(name)
  if (known !== undefined) return known
  let first = 2
  const expressions = parts.map((part) => {
    const offset = first
    first += part.width
    return part.with((place) => `($${offset + place - 1}::text)`)
  })
  const counts = parts.flatMap((part) => Object.entries(part.counts).map(([alias, from]) => ({ alias, count: `(SELECT count(*)::int4 FROM ${from})` })))
  const answer = kind === 'counts'
    ? counts.map(({ alias, count }) => `${count} AS ${alias}`).join(', ')
    : `1 / (ARRAY[${counts.map(({ count }) => count).join(', ')}] = ($${first}::text)::int4[])::int4 AS complete`
  const statement = { name, text: `WITH unused AS (SELECT $1::bytea), ${expressions.join(', ')} SELECT ${answer}` }
  statements.set(name, statement)
  return statement
}

const entriesPart: Part = {
  name: 'e',
  width: 9,
  with: (p) => `
    entry_in AS MATERIALIZED (
      SELECT * FROM unnest(${p(1)}::uuid[], ${p(2)}::int4[], ${p(3)}::int4[], ${p(4)}::int4[], ${p(5)}::int4[], ${p(6)}::int4[], ${p(7)}::text[], ${p(8)}::text[], ${p(9)}::text[])
        WITH ORDINALITY AS i(id, at, c, s, m, z, network, chain, document, ord)),
    new_entry AS (
      INSERT INTO entry (id, entry_hash, signature_hash, canonical, signature, commitment, sealed, network, chain, document_id)
      SELECT id, substring($1 from at + 1 for 32), substring($1 from at + 33 for 32), substring($1 from at + 65 for c), substring($1 from at + 65 + c for s),
        CASE WHEN m >= 0 THEN substring($1 from at + 65 + c + s for m) END, CASE WHEN z >= 0 THEN substring($1 from at + 65 + c + s + greatest(m, 0) for z) END,
        network, chain, document
      FROM entry_in ORDER BY id ON CONFLICT DO NOTHING RETURNING 1),
    new_waiting AS (INSERT INTO waiting (entry_id) SELECT id FROM entry_in ORDER BY ord ON CONFLICT DO NOTHING RETURNING 1)`,
  counts: { entries: 'new_entry', waiting: 'new_waiting' },
  values({ entries }, blob) {
    const lengths = entries.map((entry) => {
      const at = blob.size
      blob.add(entry.entryHash)
      blob.add(entry.signatureHash)
      return { at, c: blob.add(entry.canonical), s: blob.add(entry.signature), m: blob.add(entry.commitment), z: blob.add(entry.sealed) }
    })
    const column = (name: 'at' | 'c' | 's' | 'm' | 'z'): string => numbers(lengths.map((length) => length[name]))
    return [
      texts(entries.map((entry) => entry.id)), column('at'), column('c'), column('s'), column('m'), column('z'),
      texts(entries.map((entry) => entry.network)), texts(entries.map((entry) => entry.chain)), texts(entries.map((entry) => entry.documentId)),
    ]
  },
  expected: ({ entries }) => ({ entries: entries.length, waiting: entries.length }),
}

const projectionsPart: Part = {
  name: 'p',
  width: 6,
  with: (p) => `
    row_in AS MATERIALIZED (
      SELECT t, k, expected, CASE WHEN l >= 0 THEN substring($1 from at + 1 for l) END AS value, x::jsonb AS indexes, ord
      FROM unnest(${p(1)}::text[], ${p(2)}::text[], ${p(3)}::int4[], ${p(4)}::int4[], ${p(5)}::int4[], ${p(6)}::text[]) WITH ORDINALITY AS i(t, k, expected, at, l, x, ord)),
    former AS MATERIALIZED (
      SELECT i.t, i.k, r.indexes AS former, CASE WHEN i.value IS NULL THEN '{}'::jsonb ELSE i.indexes END AS next
      FROM row_in i JOIN projection r ON r.table_name = i.t AND r.row_key = i.k AND r.version = i.expected WHERE i.expected IS NOT NULL),
    inserted AS (
      INSERT INTO projection (table_name, row_key, version, value, indexes)
      SELECT t, k, 1, value, indexes FROM row_in WHERE expected IS NULL ORDER BY ord ON CONFLICT DO NOTHING RETURNING 1),
    updated AS (
      UPDATE projection r SET version = r.version + 1, value = i.value, indexes = i.indexes FROM row_in i
      WHERE i.expected IS NOT NULL AND i.value IS NOT NULL AND r.table_name = i.t AND r.row_key = i.k AND r.version = i.expected RETURNING 1),
    deleted AS (
      DELETE FROM projection r USING row_in i
      WHERE i.expected IS NOT NULL AND i.value IS NULL AND r.table_name = i.t AND r.row_key = i.k AND r.version = i.expected RETURNING 1),
    unindexed AS (
      DELETE FROM projection_index x USING (SELECT f.t, f.k, j.key, j.value FROM former f, jsonb_each_text(f.former) j WHERE f.next ->> j.key IS DISTINCT FROM j.value) d
      WHERE x.table_name = d.t AND x.index_name = d.key AND x.index_value = d.value AND x.row_key = d.k),
    indexed AS (
      INSERT INTO projection_index (table_name, index_name, index_value, row_key)
      SELECT i.t, j.key, j.value, i.k FROM row_in i, jsonb_each_text(i.indexes) j WHERE i.value IS NOT NULL ON CONFLICT DO NOTHING)`,
  counts: { formers: 'former', inserted: 'inserted', updated: 'updated', deleted: 'deleted' },
  values({ projections }, blob) {
    const sorted = [...projections].sort(byKey)
    const places = sorted.map(({ next }) => ({ at: blob.size, length: next === null ? -1 : blob.add(next) }))
    return [
      texts(sorted.map((row) => row.table)), texts(sorted.map((row) => row.key)), numbers(sorted.map((row) => row.expected)),
      numbers(places.map((place) => place.at)), numbers(places.map((place) => place.length)), texts(sorted.map((row) => JSON.stringify(row.indexes ?? {}))),
    ]
  },
  expected({ projections }) {
    const inserted = projections.filter((row) => row.expected === undefined).length
    const deleted = projections.filter((row) => row.next === null).length
    return { formers: projections.length - inserted, inserted, updated: projections.length - inserted - deleted, deleted }
  },
}

const replacedPart: Part = {
  name: 'r',
  width: 4,
  with: (p) => `
    replaced AS (
      INSERT INTO projection (table_name, row_key, version, value, indexes)
      SELECT t, k, 1, substring($1 from at + 1 for l), '{}'::jsonb FROM unnest(${p(1)}::text[], ${p(2)}::text[], ${p(3)}::int4[], ${p(4)}::int4[]) WITH ORDINALITY AS i(t, k, at, l, ord)
      ORDER BY ord ON CONFLICT (table_name, row_key) DO UPDATE SET version = projection.version + 1, value = excluded.value RETURNING 1)`,
  counts: { replaced: 'replaced' },
  values({ replaced }, blob) {
    const sorted = [...replaced].sort(byKey)
    const places = sorted.map(({ next }) => ({ at: blob.size, length: blob.add(next) }))
    return [texts(sorted.map((row) => row.table)), texts(sorted.map((row) => row.key)), numbers(places.map((place) => place.at)), numbers(places.map((place) => place.length))]
  },
  expected: ({ replaced }) => ({ replaced: replaced.length }),
}

const heldPart: Part = {
  name: 'g',
  width: 3,
  with: (p) => `
    held AS (
      SELECT 1 FROM unnest(${p(1)}::text[], ${p(2)}::text[], ${p(3)}::int4[]) WITH ORDINALITY AS i(t, k, v, ord)
      JOIN projection r ON r.table_name = i.t AND r.row_key = i.k AND r.version = i.v ORDER BY i.ord FOR SHARE OF r)`,
  counts: { held: 'held' },
  values({ held }) {
    const sorted = [...held].sort(byKey)
    return [texts(sorted.map((guard) => guard.table)), texts(sorted.map((guard) => guard.key)), numbers(sorted.map((guard) => guard.version))]
  },
  expected: ({ held }) => ({ held: held.length }),
}

/** Inserting and taking back holds off anyone who would insert the row before we commit. */
const absentPart: Part = {
  name: 'a',
  width: 2,
  with: (p) => `
    absent AS (
      INSERT INTO projection (table_name, row_key, version, value, indexes)
      SELECT t, k, 0, ''::bytea, '{}'::jsonb FROM unnest(${p(1)}::text[], ${p(2)}::text[]) WITH ORDINALITY AS i(t, k, ord) ORDER BY ord ON CONFLICT DO NOTHING RETURNING 1)`,
  counts: { absent: 'absent' },
  values({ absent }) {
    const sorted = [...absent].sort(byKey)
    return [texts(sorted.map((guard) => guard.table)), texts(sorted.map((guard) => guard.key))]
  },
  expected: ({ absent }) => ({ absent: absent.length }),
}

/** A row that there is not has the empty stamp. */
const seenRowsPart: Part = {
  name: 's',
  width: 3,
  with: (p) => `
    seen_row AS (
      SELECT 1 FROM unnest(${p(1)}::text[], ${p(2)}::text[], ${p(3)}::text[]) AS i(t, k, s)
      LEFT JOIN projection r ON r.table_name = i.t AND r.row_key = i.k WHERE coalesce(${stampOf('r')}, '') = i.s)`,
  counts: { seen_rows: 'seen_row' },
  values: ({ seenRows }) => [texts(seenRows.map((one) => one.table)), texts(seenRows.map((one) => one.key)), texts(seenRows.map((one) => one.stamp ?? ''))],
  expected: ({ seenRows }) => ({ seen_rows: seenRows.length }),
}

/** All rows of an index value as one text, keys in order; one row more than expected is enough to tell. */
export const indexText = (value: string): string => `
  SELECT coalesce(string_agg(x.row_key || '=' || ${stampOf('r')}, ',' ORDER BY x.row_key), '') AS found
  FROM (SELECT y.table_name, y.row_key FROM projection_index y WHERE y.table_name = ${value}.t AND y.index_name = ${value}.i AND y.index_value = ${value}.v ORDER BY y.row_key LIMIT ${value}.l) x
  JOIN projection r ON r.table_name = x.table_name AND r.row_key = x.row_key`

export function indexTextOf({ rows }: SeenIndex): string {
  return [...rows].sort((left, right) => compareTexts(left.key, right.key)).map(({ key, stamp }) => `${key}=${stamp}`).join(',')
}

const seenIndexesPart: Part = {
  name: 'f',
  width: 5,
  with: (p) => `
    seen_index AS (
      SELECT 1 FROM unnest(${p(1)}::text[], ${p(2)}::text[], ${p(3)}::text[], ${p(4)}::int4[], ${p(5)}::text[]) AS i(t, i, v, l, s)
      CROSS JOIN LATERAL (${indexText('i')}) f WHERE f.found = i.s)`,
  counts: { seen_indexes: 'seen_index' },
  values: ({ seenIndexes }) => [
    texts(seenIndexes.map((one) => one.table)), texts(seenIndexes.map((one) => one.index)), texts(seenIndexes.map((one) => one.equals)),
    numbers(seenIndexes.map((one) => one.rows.length + 1)), texts(seenIndexes.map(indexTextOf)),
  ],
  expected: ({ seenIndexes }) => ({ seen_indexes: seenIndexes.length }),
}

const claimsPart: Part = {
  name: 'c',
  width: 4,
  with: (p) => `
    claimed AS (
      INSERT INTO claim (scope, value, owner, expires_at)
      SELECT s, v, o, to_timestamp(e / 1000.0) FROM unnest(${p(1)}::text[], ${p(2)}::text[], ${p(3)}::text[], ${p(4)}::int8[]) WITH ORDINALITY AS i(s, v, o, e, ord)
      ORDER BY ord ON CONFLICT DO NOTHING RETURNING 1)`,
  counts: { claimed: 'claimed' },
  values({ claims }) {
    const sorted = [...claims].sort((left, right) => order(left.scope, right.scope) || order(left.value, right.value))
    return [
      texts(sorted.map((claim) => claim.scope)), texts(sorted.map((claim) => claim.value)), texts(sorted.map((claim) => claim.owner)),
      numbers(sorted.map((claim) => claim.expiresAt?.getTime())),
    ]
  },
  expected: ({ claims }) => ({ claimed: claims.length }),
}

const decisionsPart: Part = {
  name: 'd',
  width: 4,
  with: (p) => `
    decided AS (
      INSERT INTO decision (id, about, bytes)
      SELECT id, about, substring($1 from at + 1 for l) FROM unnest(${p(1)}::uuid[], ${p(2)}::text[], ${p(3)}::int4[], ${p(4)}::int4[]) AS i(id, about, at, l)
      ORDER BY id ON CONFLICT DO NOTHING RETURNING 1)`,
  counts: { decided: 'decided' },
  values({ decisions }, blob) {
    const places = decisions.map(({ bytes }) => ({ at: blob.size, length: blob.add(bytes) }))
    return [
      texts(decisions.map((decision) => decision.id)), texts(decisions.map((decision) => decision.about)),
      numbers(places.map((place) => place.at)), numbers(places.map((place) => place.length)),
    ]
  },
  expected: ({ decisions }) => ({ decided: decisions.length }),
}

function byKey(left: { readonly table: string; readonly key: string }, right: { readonly table: string; readonly key: string }): number {
  return order(left.table, right.table) || order(left.key, right.key)
}

function order(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1
}
