import { setTimeout as delay } from 'node:timers/promises'
import { StoreError } from '@careledger/data-spec'
import { command, type Driver, type Query, type Row } from './driver/driver.ts'
import { mayRepeat, toStoreError } from './to-store-error.ts'

type Answers = readonly (readonly Row[])[]

/**
 * One transaction in two round trips: `first` is sent behind BEGIN, and what `then` makes of its answers goes before COMMIT. `then`
 * throws to roll back. A transaction that the server undid for a deadlock runs again, at most five times.
 */
export async function transact<T>(driver: Driver, first: readonly Query[], then: (answers: Answers) => { readonly last?: readonly Query[]; readonly result: T; read?(answers: Answers): T }): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const session = await driver.acquire('other').catch((error: unknown) => { throw toStoreError(error, 'connect') })
    try {
      const [, ...answers] = await session.run([command('BEGIN'), ...first])
      const { last = [], result, read } = then(answers)
      try {
        const closing = await session.run([...last, command('COMMIT')])
        return read?.(closing) ?? result
      } catch (error) {
        if (mayRepeat(error)) throw error
        session.destroy()
        throw toStoreError(error, 'commit')
      }
    } catch (error) {
      if (!session.broken) await session.run([command('ROLLBACK')]).catch(() => { session.destroy() })
      if (error instanceof StoreError || !mayRepeat(error) || attempt === 4) throw toStoreError(error, 'before-commit')
    } finally {
      driver.release('other', session)
    }
    await delay(5 * (attempt + 1))
  }
}

/** Statements that commit by themselves, or read. `writes` says whether a lost answer leaves the outcome open. */
export async function runAlone(driver: Driver, queries: readonly Query[], { writes }: { readonly writes: boolean }): Promise<Answers> {
  for (let attempt = 0; ; attempt += 1) {
    const session = await driver.acquire('other').catch((error: unknown) => { throw toStoreError(error, 'connect') })
    try {
      return await session.run(queries)
    } catch (error) {
      if (!mayRepeat(error) || attempt === 4) throw toStoreError(error, writes ? 'commit' : 'before-commit')
    } finally {
      driver.release('other', session)
    }
    await delay(5 * (attempt + 1))
  }
}
