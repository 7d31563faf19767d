import type { Ticket } from './ticket.ts'

/** Callers in one group at most. */
export const groupMax = 256
const groupRowsMax = 16_384
const groupBytesMax = 16 * 1024 * 1024

/**
 * Tickets in order of arrival, and the names under way. A ticket whose names are under way waits, and so does every later one that
 * shares a name with it: callers of one row are served in order, and nobody is passed over for ever.
 */
export interface WriteQueue {
  readonly length: number
  push(ticket: Ticket): void
  /** The next group, its names now under way; empty when everything waits for a group that runs. */
  take(): readonly Ticket[]
  /** The group's names are free again. */
  done(group: readonly Ticket[]): void
  /** Takes out everything. */
  drain(): readonly Ticket[]
}

export function createWriteQueue(): WriteQueue {
  let queue: Ticket[] = []
  const writing = new Set<string>()
  const holding = new Map<string, { readonly version: number; count: number }>()

  const conflicts = (ticket: Ticket): boolean =>
    ticket.writes.some((name) => writing.has(name) || holding.has(name)) ||
    ticket.holds.some(([name, version]) => writing.has(name) || (holding.get(name)?.version ?? version) !== version)

  const enter = (ticket: Ticket): void => {
    for (const name of ticket.writes) writing.add(name)
    for (const [name, version] of ticket.holds) {
      const held = holding.get(name)
      if (held === undefined) holding.set(name, { version, count: 1 })
      else held.count += 1
    }
  }
  const leave = (ticket: Ticket): void => {
    for (const name of ticket.writes) writing.delete(name)
    for (const [name] of ticket.holds) {
      const held = holding.get(name)
      if (held !== undefined && --held.count === 0) holding.delete(name)
    }
  }

  return {
    get length() { return queue.length },
    push(ticket) { queue.push(ticket) },
    take() {
      const group: Ticket[] = []
      const waiting: Ticket[] = []
      const blocked = new Set<string>()
      let rows = 0
      let bytes = 0
      let at = 0
      for (; at < queue.length && group.length < groupMax; at += 1) {
        const ticket = queue[at] as Ticket
        if (group.length > 0 && (rows + ticket.rows > groupRowsMax || bytes + ticket.bytes > groupBytesMax)) break
        if (conflicts(ticket) || ticket.writes.some((name) => blocked.has(name)) || ticket.holds.some(([name]) => blocked.has(name))) {
          for (const name of ticket.writes) blocked.add(name)
          for (const [name] of ticket.holds) blocked.add(name)
          waiting.push(ticket)
          continue
        }
        enter(ticket)
        group.push(ticket)
        rows += ticket.rows
        bytes += ticket.bytes
      }
      queue = waiting.length === 0 && at === queue.length ? [] : [...waiting, ...queue.slice(at)]
      return group
    },
    done(group) { group.forEach(leave) },
    drain() {
      const all = queue
      queue = []
      return all
    },
  }
}
