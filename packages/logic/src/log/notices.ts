/** What one process tells itself, so that nobody polls the database for what happened next door. Losing one costs time, never truth. */
export interface Notices {
  /** Entries were stored and wait for an index. */
  stored(count: number): void
  /** Entries got an index. */
  sequenced(leaves: readonly { readonly id: string; readonly index: number }[]): void
  /** The outbox got rows. */
  queued(): void
  /** Outbox items became final on a target. */
  final(target: string, items: readonly string[]): void
  on<Name extends keyof NoticeListeners>(name: Name, listener: NoticeListeners[Name]): () => void
}
export interface NoticeListeners {
  stored: (count: number) => void
  sequenced: (leaves: readonly { readonly id: string; readonly index: number }[]) => void
  queued: () => void
  final: (target: string, items: readonly string[]) => void
}

export function createNotices(): Notices {
  const listeners = { stored: new Set<NoticeListeners['stored']>(), sequenced: new Set<NoticeListeners['sequenced']>(), queued: new Set<NoticeListeners['queued']>(), final: new Set<NoticeListeners['final']>() }
  return {
    stored: (count) => listeners.stored.forEach((listener) => listener(count)),
    sequenced: (leaves) => listeners.sequenced.forEach((listener) => listener(leaves)),
    queued: () => listeners.queued.forEach((listener) => listener()),
    final: (target, items) => listeners.final.forEach((listener) => listener(target, items)),
    on(name, listener) {
      const set = listeners[name] as Set<typeof listener>
      set.add(listener)
      return () => void set.delete(listener)
    },
  }
}
