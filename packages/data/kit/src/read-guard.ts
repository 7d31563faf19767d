import { AsyncLocalStorage } from 'node:async_hooks'
import { invalid } from './check-values.ts'

/** [read-3] for one store: `run` marks the body of a read, `check` refuses any call of the store from inside one. */
export interface ReadGuard {
  run<T>(body: () => Promise<T>): Promise<T>
  check(): void
}

export function createReadGuard(): ReadGuard {
  const inside = new AsyncLocalStorage<{ open: boolean }>()
  return {
    async run(body) {
      const mark = { open: true }
      try {
        return await inside.run(mark, body)
      } finally {
        mark.open = false
      }
    },
    check() {
      if (inside.getStore()?.open === true) throw invalid('The store was called from inside the body of a read; use its view.')
    },
  }
}
