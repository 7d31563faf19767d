/** Where lists were left off: the offset of an item in the node's list, so that the next page needs no search. A hint, checked on use. */
export interface ListCursors {
  get(list: string, position: string): number | undefined
  set(list: string, position: string, offset: number): void
}

const CURSORS_MAX = 1_024

export function createListCursors(): ListCursors {
  const offsets = new Map<string, number>()
  return {
    get: (list, position) => offsets.get(`${list} ${position}`),
    set(list, position, offset) {
      const name = `${list} ${position}`
      offsets.delete(name)
      offsets.set(name, offset)
      if (offsets.size > CURSORS_MAX) for (const oldest of offsets.keys()) { offsets.delete(oldest); break }
    },
  }
}
