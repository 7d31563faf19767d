import type { DataStore, Projection, ReadView } from '@careledger/data-spec'
import type { PartyRecord } from '@careledger/identity'
import { merged, type PageSource } from '../decisions/merged.ts'
import { readRow } from '../entries/rows.ts'
import { identityTables, isInDirectory, prefixIndexNames, searchPrefix, toPartyRow, wordsOf } from './identity-rows.ts'

/** Most rows looked at for one page. What lies behind them is on the next page, which may be reached with fewer items than asked for. */
const ROWS_MAX = 5_000

export interface DirectoryItem extends PartyRecord {
  readonly organisationName?: string | undefined
}

/**
 * One page of organisations, their people and systems, in order of party id. With `text`, those whose name has, for each word of it, a word
 * that begins with it; a first word of two characters or more is looked up by index. `next` may stand beside fewer items than `limit`.
 */
export async function readDirectory(
  store: Pick<DataStore, 'read'>,
  query: { readonly text?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<{ readonly items: readonly DirectoryItem[]; readonly next?: string | undefined }> {
  return await store.read(async (view) => {
    const words = wordsOf(query.text ?? '')
    const found: PartyRecord[] = []
    let next: string | undefined
    let looked = 0
    for await (const row of merged(sourcesOf(view, words), { keyOf: (one) => one.key, after: query.after, ascending: true })) {
      const party = toPartyRow(readRow(row))
      if (party !== undefined && isInDirectory(party) && matches(party, words)) found.push(party)
      looked += 1
      if (found.length < query.limit && looked < ROWS_MAX) continue
      next = row.key
      break
    }
    return { items: await withOrganisationNames(view, found), ...(next === undefined ? {} : { next }) }
  })
}

function sourcesOf(view: ReadView, words: readonly string[]): readonly PageSource<Projection>[] {
  const prefix = words[0] === undefined ? undefined : searchPrefix(words[0])
  const source = (index: string, equals: string): PageSource<Projection> => (after) => view.find({ table: identityTables.party, index, equals, after, limit: 200 })
  return prefix === undefined ? [source('directory', 'all')] : prefixIndexNames.map((name) => source(name, prefix))
}

function matches(party: PartyRecord, words: readonly string[]): boolean {
  const own = wordsOf(party.name ?? party.party)
  return words.every((word) => own.some((one) => one.startsWith(word)))
}

async function withOrganisationNames(view: ReadView, found: readonly PartyRecord[]): Promise<readonly DirectoryItem[]> {
  const ids = [...new Set(found.flatMap(({ organisation }) => (organisation === undefined ? [] : [organisation])))]
  const rows = ids.length === 0 ? [] : await view.projections(identityTables.party, ids)
  const names = new Map(rows.map((row, place) => [ids[place], row === undefined ? undefined : toPartyRow(readRow(row))?.name]))
  return found.map((party) => (party.organisation === undefined ? party : { ...party, organisationName: names.get(party.organisation) ?? party.organisation }))
}
