import { numbers, texts } from '../driver/array-literals.ts'
import type { Query, Row } from '../driver/driver.ts'
import { stampOf } from './rows.ts'
import { indexText, type GroupRows } from './write-group.ts'

/** What stands in the store under the names that a group used. */
export interface Standing {
  /** Entry id to its hash. */
  readonly entries: ReadonlyMap<string, Uint8Array>
  /** Commitment as hex to the id of its entry. */
  readonly commitments: ReadonlyMap<string, string>
  /** `table, U+0000, key` to the version. */
  readonly versions: ReadonlyMap<string, number>
  /** `table, U+0000, key` to the stamp. */
  readonly stamps: ReadonlyMap<string, string>
  /** `indexTextOf` by `table, U+0000, index, U+0000, value`. */
  readonly indexes: ReadonlyMap<string, string>
  /** `scope, U+0000, value` to the owner. */
  readonly claims: ReadonlyMap<string, string>
  readonly decisions: ReadonlyMap<string, { readonly about: string | null; readonly bytes: Uint8Array }>
}

/** Asks who was in the way of an incomplete group. Off the hot path. */
export function diagnose(group: GroupRows): { readonly queries: readonly Query[]; read(answers: readonly (readonly Row[])[]): Standing } {
  const rows = [...group.projections, ...group.held, ...group.absent]
  return {
    queries: [
      { statement: entryHashes, values: [texts(group.entries.map((entry) => entry.id))] },
      { statement: commitmentOwners, values: [texts(group.entries.flatMap((entry) => (entry.commitment === undefined ? [] : [toHex(entry.commitment)])))] },
      { statement: versions, values: [texts(rows.map((row) => row.table)), texts(rows.map((row) => row.key))] },
      { statement: claimOwners, values: [texts(group.claims.map((claim) => claim.scope)), texts(group.claims.map((claim) => claim.value))] },
      { statement: decisions, values: [texts(group.decisions.map((decision) => decision.id))] },
      { statement: stamps, values: [texts(group.seenRows.map((row) => row.table)), texts(group.seenRows.map((row) => row.key))] },
      {
        statement: indexTexts,
        values: [texts(group.seenIndexes.map((one) => one.table)), texts(group.seenIndexes.map((one) => one.index)), texts(group.seenIndexes.map((one) => one.equals)), numbers(group.seenIndexes.map((one) => one.rows.length + 1))],
      },
    ],
    read: ([hashes = [], commitments = [], found = [], claims = [], decided = [], stamped = [], indexed = []]) => ({
      entries: new Map(hashes.map((row) => [row['id'] as string, row['entry_hash'] as Uint8Array])),
      commitments: new Map(commitments.map((row) => [toHex(row['commitment'] as Uint8Array), row['id'] as string])),
      versions: new Map(found.map((row) => [`${row['table_name'] as string}\0${row['row_key'] as string}`, row['version'] as number])),
      stamps: new Map(stamped.map((row) => [`${row['table_name'] as string}\0${row['row_key'] as string}`, row['stamp'] as string])),
      indexes: new Map(indexed.map((row) => [`${row['t'] as string}\0${row['i'] as string}\0${row['v'] as string}`, row['found'] as string])),
      claims: new Map(claims.map((row) => [`${row['scope'] as string}\0${row['value'] as string}`, row['owner'] as string])),
      decisions: new Map(decided.map((row) => [row['id'] as string, { about: row['about'] as string | null, bytes: row['bytes'] as Uint8Array }])),
    }),
  }
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

const entryHashes = { name: 'entry-hashes', text: 'SELECT id, entry_hash FROM entry WHERE id = ANY(($1::text)::uuid[])' }
const commitmentOwners = {
  name: 'commitment-owners',
  text: "SELECT e.id, e.commitment FROM unnest(($1::text)::text[]) AS i(h) JOIN entry e ON e.commitment = decode(i.h, 'hex')",
}
const versions = {
  name: 'versions',
  text: 'SELECT DISTINCT r.table_name, r.row_key, r.version FROM unnest(($1::text)::text[], ($2::text)::text[]) AS i(t, k) JOIN projection r ON r.table_name = i.t AND r.row_key = i.k',
}
const claimOwners = {
  name: 'claim-owners',
  text: 'SELECT c.scope, c.value, c.owner FROM unnest(($1::text)::text[], ($2::text)::text[]) AS i(s, v) JOIN claim c ON c.scope = i.s AND c.value = i.v',
}
const decisions = { name: 'decisions-by-id', text: 'SELECT id, about, bytes FROM decision WHERE id = ANY(($1::text)::uuid[])' }
const stamps = {
  name: 'stamps',
  text: `SELECT DISTINCT r.table_name, r.row_key, ${stampOf('r')} AS stamp FROM unnest(($1::text)::text[], ($2::text)::text[]) AS i(t, k) JOIN projection r ON r.table_name = i.t AND r.row_key = i.k`,
}
const indexTexts = {
  name: 'index-texts',
  text: `SELECT i.t, i.i, i.v, f.found FROM unnest(($1::text)::text[], ($2::text)::text[], ($3::text)::text[], ($4::text)::int4[]) AS i(t, i, v, l) CROSS JOIN LATERAL (${indexText('i')}) f`,
}
