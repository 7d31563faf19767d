import type { CodeList, ListedCode } from './code-list.ts'

export interface FoundCode extends Omit<ListedCode, 'also'> {
  /** Name of the list. */
  readonly list: string
}

interface Indexed {
  readonly code: ListedCode
  /** Folded words of all its names. */
  readonly words: readonly string[]
}

interface ListIndex {
  readonly all: readonly Indexed[]
  /** Places in `all` by the first letters of a word. */
  readonly byStart: ReadonlyMap<string, readonly number[]>
}

const startLength = 2
/** Made once for a list, which never changes. */
const indexes = new WeakMap<CodeList, ListIndex>()

/**
 * Codes of which each word asked for begins a word, those that begin with it and the shorter ones first, at most `limit`. It goes by the first
 * letters of the longest word, so that a long list is not read for each letter typed.
 */
export function searchCodes(lists: readonly CodeList[], text: string, limit: number): readonly FoundCode[] {
  const asked = wordsOf(text)
  const longest = asked.toSorted((a, b) => b.length - a.length)[0]
  if (longest === undefined) return []
  const found = lists.flatMap((list) => {
    const { all, byStart } = indexOf(list)
    return (byStart.get(longest.slice(0, startLength)) ?? []).flatMap((place) => {
      const { code, words } = all[place] as Indexed
      return asked.every((word) => words.some((one) => one.startsWith(word))) ? [{ code, list: list.name, rank: words[0]?.startsWith(asked[0] as string) === true ? 0 : 1 }] : []
    })
  })
  return found.toSorted((a, b) => a.rank - b.rank || a.code.display.length - b.code.display.length || (a.code.display < b.code.display ? -1 : 1)).slice(0, limit)
    .map(({ code: { also: _also, ...code }, list }) => ({ ...code, list }))
}

function indexOf(list: CodeList): ListIndex {
  const known = indexes.get(list)
  if (known !== undefined) return known
  const all = list.codes.map((code): Indexed => ({ code, words: [code.display, ...code.also, code.code].flatMap(wordsOf) }))
  const byStart = new Map<string, number[]>()
  all.forEach(({ words }, place) => {
    for (const start of new Set(words.flatMap((word) => [word.slice(0, 1), word.slice(0, startLength)]))) {
      const places = byStart.get(start)
      if (places === undefined) byStart.set(start, [place])
      else places.push(place)
    }
  })
  const index = { all, byStart }
  indexes.set(list, index)
  return index
}

const wordsOf = (text: string): readonly string[] => text.normalize('NFKC').toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
