import { normaliseSearchValue, type KeyRecord, type PartyRecord } from '@careledger/identity'
import type { RowChange, RowValue } from '../entries/network-definition.ts'

/** Tables of the identity network. `root` has one row: the thumbprint of the platform's root key, by the key `root`. */
export const identityTables = { key: 'key', party: 'party', root: 'root' } as const

export function keyRow(record: KeyRecord): RowChange {
  return {
    table: identityTables.key,
    key: record.thumbprint,
    value: { ...record, jwk: { ...record.jwk }, foreign: record.foreign === undefined ? undefined : { ...record.foreign }, granted: record.granted?.map((grant) => ({ ...grant })) },
    indexes: { party: record.party, ...(record.organisation === undefined ? {} : { organisation: record.organisation }), ...(record.issuers[0] === undefined ? {} : { issuer: record.issuers[0] }) },
  }
}

/** Patients have no row in the directory, and none of the indexes that names are found by. */
export function partyRow(record: PartyRecord): RowChange {
  return {
    table: identityTables.party,
    key: record.party,
    value: { ...record },
    indexes: {
      kind: record.kind,
      ...(record.organisation === undefined ? {} : { organisation: record.organisation }),
      ...(isInDirectory(record) ? { directory: 'all', ...prefixIndexes(record.name ?? record.party) } : {}),
    },
  }
}

/** Organisations, their people and systems: whom a patient may share with. Never patients, never the platform and its own people. */
export function isInDirectory(record: Pick<PartyRecord, 'kind' | 'organisation' | 'roles'>): boolean {
  return (record.kind === 'organisation' || record.organisation !== undefined) && !isPatient(record)
}

export function isPatient(record: Pick<PartyRecord, 'roles'>): boolean {
  return record.roles.includes('patient')
}

/** Whom the platform brings back, and not an organisation: persons of none, and patients, whoever enrolled them. */
export function isOwnPerson(record: Pick<PartyRecord, 'organisation' | 'roles'>): boolean {
  return record.organisation === undefined || record.roles.every((role) => role === 'patient')
}

/** Indexes by which a name is found: the first two characters of each of its first four words. */
export const prefixIndexNames = ['word0', 'word1', 'word2', 'word3'] as const

/** What the first word of a search text is looked up by; `undefined`: it is too short to look up, the directory is read in order. */
export function searchPrefix(word: string): string | undefined {
  const characters = [...word]
  return characters.length < 2 ? undefined : characters.slice(0, 2).join('')
}

/** Words of a name or a search text, normalised. */
export function wordsOf(text: string): readonly string[] {
  return normaliseSearchValue(text).split(' ').filter((word) => word !== '')
}

function prefixIndexes(name: string): Readonly<Record<string, string>> {
  const prefixes = new Set(wordsOf(name).map(searchPrefix))
  prefixes.delete(undefined)
  return Object.fromEntries([...prefixes].slice(0, prefixIndexNames.length).map((prefix, place) => [prefixIndexNames[place], prefix as string]))
}

/** What `project` reads back is what `keyRow` and `partyRow` wrote. */
export const toKeyRow = (value: RowValue | undefined): KeyRecord | undefined => value as unknown as KeyRecord | undefined
export const toPartyRow = (value: RowValue | undefined): PartyRecord | undefined => value as unknown as PartyRecord | undefined
