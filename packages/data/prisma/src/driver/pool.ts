import type { Session } from './driver.ts'

/** Up to `max` sessions, made when asked for and kept; those who find none free wait in order. */
export interface Pool {
  readonly max: number
  acquire(): Promise<Session>
  release(session: Session): void
  /** Held sessions are destroyed, idle ones ended. */
  close(): Promise<void>
}

/** `connect` makes one session; `closed` is the error for those who wait when the pool closes. */
export function createPool(max: number, connect: () => Promise<Session>, closed: () => Error): Pool {
  const idle: Session[] = []
  const held = new Set<Session>()
  const waiting: { resolve(session: Session): void; reject(error: unknown): void }[] = []
  let made = 0
  let open = true

  const connectFor = async (): Promise<Session> => {
    made += 1
    try {
      const session = await connect()
      if (open) return session
      session.destroy()
      throw closed()
    } catch (error) {
      made -= 1
      serveNext()
      throw error
    }
  }
  const serveNext = (): void => {
    const next = waiting.shift()
    if (next === undefined) return
    connectFor().then((session) => {
      held.add(session)
      next.resolve(session)
    }, next.reject)
  }
  const free = (): Session | undefined => {
    for (let session = idle.pop(); session !== undefined; session = idle.pop()) {
      if (!session.broken) return session
      made -= 1
    }
    return undefined
  }

  return {
    max,
    async acquire() {
      if (!open) throw closed()
      const session = free() ?? (made < max ? await connectFor() : undefined)
      if (session !== undefined) {
        held.add(session)
        return session
      }
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    release(session) {
      if (!held.delete(session)) return
      if (!open) session.destroy()
      if (session.broken || !open) {
        made -= 1
        if (open) serveNext()
        return
      }
      const next = waiting.shift()
      if (next === undefined) idle.push(session)
      else {
        held.add(session)
        next.resolve(session)
      }
    },
    async close() {
      open = false
      for (const { reject } of waiting.splice(0)) reject(closed())
      for (const session of held) session.destroy()
      await Promise.all(idle.splice(0).map((session) => session.end()))
    },
  }
}
