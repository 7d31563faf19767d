/** One ordered source: up to a page of items with keys after `after` in the source's direction. */
export type PageSource<Item> = (after: string | undefined) => Promise<{ readonly rows: readonly Item[]; readonly next?: string | undefined }>

export interface MergeOptions<Item> {
  readonly keyOf: (item: Item) => string
  /** Exclusive; as the sources take it. */
  readonly after?: string | undefined
  /** Default: newest first, that is, keys descending. */
  readonly ascending?: boolean | undefined
}

/**
 * Merges ordered sources into one order. An item that several sources give comes once; none is skipped, for every source is read on from
 * its own last key. Reads a page of a source only when its former page is used up.
 */
export async function* merged<Item>(sources: readonly PageSource<Item>[], options: MergeOptions<Item>): AsyncGenerator<Item> {
  const { keyOf } = options
  const comesFirst = (a: string, b: string): boolean => (options.ascending === true ? a < b : a > b)
  const heads = await Promise.all(sources.map((source) => open(source, options.after)))
  let last: string | undefined
  for (;;) {
    let best: Head<Item> | undefined
    for (const head of heads) {
      const item = head.rows[head.at]
      if (item !== undefined && (best === undefined || comesFirst(keyOf(item), keyOf(best.rows[best.at] as Item)))) best = head
    }
    if (best === undefined) return
    const item = best.rows[best.at] as Item
    if (keyOf(item) !== last) yield item
    last = keyOf(item)
    await advance(best)
  }
}

interface Head<Item> {
  readonly source: PageSource<Item>
  rows: readonly Item[]
  at: number
  next: string | undefined
}

async function open<Item>(source: PageSource<Item>, after: string | undefined): Promise<Head<Item>> {
  const page = await source(after)
  return { source, rows: page.rows, at: 0, next: page.next }
}

async function advance<Item>(head: Head<Item>): Promise<void> {
  head.at++
  if (head.at < head.rows.length || head.next === undefined) return
  const page = await head.source(head.next)
  head.rows = page.rows
  head.at = 0
  head.next = page.next
}
