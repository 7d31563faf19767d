import { createLoop, type Loop } from '../log/loop.ts'
import type { Parts } from '../parts.ts'
import { feedEnd, readFeed, type FeedItem, type FeedPosition } from './feed.ts'

/** How often a process looks for what others wrote; what it sequenced itself is seen at once. */
const pollMs = 400
/** Items remembered, about 200 bytes each. Whoever is further behind reads them from the store. */
const rememberedMax = 4096

/** The newest part of the feed in this process's memory, shared by everybody who follows it. */
export interface FeedWatch {
  /** What came after a place, as far as it is remembered; `undefined`: that is too long ago. */
  since(position: FeedPosition): { readonly items: readonly FeedItem[]; readonly next: FeedPosition } | undefined
  /** Resolves when there is something behind `position`, after `waitMs`, or when the signal aborts; never rejects. */
  changed(position: FeedPosition, waitMs: number, signal: AbortSignal): Promise<void>
}

const watches = new WeakMap<Parts, FeedWatch>()

/** One for each process and store. It looks at the store only while somebody waits. */
export function feedWatch(parts: Parts): FeedWatch {
  const known = watches.get(parts)
  if (known !== undefined) return known
  const made = createFeedWatch(parts)
  watches.set(parts, made)
  return made
}

function createFeedWatch(parts: Parts): FeedWatch {
  let start: FeedPosition | undefined
  let end: FeedPosition | undefined
  let items: FeedItem[] = []
  const waiters = new Set<() => void>()
  let loop: Loop | undefined

  const step = async (): Promise<number> => {
    try {
      const { page, from } = await parts.store.read(async (view) => {
        const position = end ?? (await feedEnd(parts, view))
        return { from: position, page: await readFeed(parts, view, position) }
      })
      start ??= from
      end = page.next
      items.push(...page.items)
      if (items.length > rememberedMax) {
        const dropped = items.splice(0, items.length - rememberedMax)
        start = dropped.at(-1)?.position ?? start
      }
      if (page.items.length > 0) for (const wake of [...waiters]) wake()
      if (waiters.size === 0) stop()
      return page.more ? 0 : pollMs
    } catch {
      // The store does not answer: whoever waits asks again by itself.
      return pollMs
    }
  }
  const forget = { sequenced: (): void => {} }
  const begin = (): void => {
    if (loop !== undefined) return void loop.wake()
    loop = createLoop(step)
    forget.sequenced = parts.notices.on('sequenced', () => loop?.wake())
    loop.start()
  }
  /** Nobody follows any more: what is remembered would have a gap. */
  const stop = (): void => {
    forget.sequenced()
    void loop?.stop()
    loop = undefined
    start = end = undefined
    items = []
  }
  return {
    since(position) {
      if (start === undefined || end === undefined || isBefore(position, start)) return undefined
      return { items: items.filter((item) => isBehind(item, position)), next: laterOf(end, position) }
    },
    changed(position, waitMs, signal) {
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', finish)
          waiters.delete(finish)
          resolve()
        }
        const timer = setTimeout(finish, waitMs)
        signal.addEventListener('abort', finish, { once: true })
        if (signal.aborted) return finish()
        waiters.add(finish)
        if (items.some((item) => isBehind(item, position))) return finish()
        begin()
      })
    },
  }
}

const isBefore = (a: FeedPosition, b: FeedPosition): boolean => a.index < b.index || a.decision < b.decision
const isBehind = (item: FeedItem, position: FeedPosition): boolean => (item.kind === 'decision' ? item.id > position.decision : item.position.index > position.index)
const laterOf = (a: FeedPosition, b: FeedPosition): FeedPosition => ({ index: Math.max(a.index, b.index), decision: a.decision > b.decision ? a.decision : b.decision })

