import { useCallback, useState } from 'react'
import { useClient } from './services.tsx'
import { useSession } from './session.tsx'

/** What people have begun on a page, by key and name: in this page's memory only, since a machine may be others' too. It goes with the page. */
const memories = new WeakMap<object, Map<string, unknown>>()

/**
 * State of a form that outlives an automatic log-off: who signs in with the same key finds it again, and nobody else. `forget` when it is sent or
 * given up. `initial` counts until something was changed.
 */
export function useKept<T>(name: string, initial: T): readonly [T, (change: T | ((before: T) => T)) => void, () => void] {
  const client = useClient()
  const { actor } = useSession()
  const memory = memories.get(client) ?? new Map<string, unknown>()
  memories.set(client, memory)
  const key = `${actor?.key ?? ''} ${name}`
  const [value, setValue] = useState<T>(() => (memory.get(key) as T | undefined) ?? initial)
  const set = useCallback((change: T | ((before: T) => T)): void => setValue((before) => {
    const next = typeof change === 'function' ? (change as (before: T) => T)(before) : change
    memory.set(key, next)
    return next
  }), [memory, key])
  return [value, set, useCallback(() => void memory.delete(key), [memory, key])]
}
