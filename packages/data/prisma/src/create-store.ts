import { checkWrite } from '@careledger/data-kit'
import { StoreError, type DataStore } from '@careledger/data-spec'
import { createMaintenance } from './create-maintenance.ts'
import { createOutbox } from './create-outbox.ts'
import { createSequencer } from './create-sequencer.ts'
import type { Driver } from './driver/driver.ts'
import { createGroupReader } from './read/group-reader.ts'
import { runAlone } from './transaction.ts'
import { createGroupWriter, queueMax } from './write/group-writer.ts'

const writeRowsMax = 16_384
/** How long `close` waits for groups that run, before it cuts them off. */
const drainMs = 5_000

export interface StoreSettings {
  /** How long the body of a read may take, in milliseconds; 30,000 when absent. */
  readonly bodyTimeMaxMs?: number | undefined
}

/** The store on a driver whose schema is up to date. */
export function createStore(driver: Driver, { bodyTimeMaxMs = 30_000 }: StoreSettings = {}): DataStore {
  const writer = createGroupWriter(driver)
  const reader = createGroupReader(driver, { bodyTimeMaxMs })
  let closing: Promise<void> | undefined
  const check = (): void => {
    if (closing !== undefined) throw new StoreError('STORE_CLOSED', 'The store is closed.')
    reader.guard.check()
  }
  const close = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    await Promise.race([Promise.all([writer.close(), reader.close()]), new Promise((resolve) => { timer = setTimeout(resolve, drainMs) })])
    clearTimeout(timer)
    await driver.close()
  }
  return {
    specVersion: 'v1',
    async write(write) {
      check()
      return writer.write(checkWrite(write, writeRowsMax))
    },
    async read(body) {
      check()
      return reader.read(body)
    },
    sequencer: createSequencer(driver, check),
    outbox: createOutbox(driver, check),
    maintenance: createMaintenance(driver, check),
    load: () => ({ writes: writer.load(), writesMax: queueMax }),
    describe: () => ({ durability: driver.durability, writeRowsMax }),
    async health() {
      if (closing !== undefined) return { ok: false, problems: ['The store is closed.'] }
      try {
        await runAlone(driver, [{ statement: { name: 'health', text: 'SELECT 1 AS one' }, values: [] }], { writes: false })
        return { ok: true, problems: [] }
      } catch (error) {
        return { ok: false, problems: [(error as Error).message] }
      }
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}
