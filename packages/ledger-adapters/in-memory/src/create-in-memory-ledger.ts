import { composeLedger, type LedgerBackend } from '@careledger/ledger-kit'
import type { Ledger } from '@careledger/ledger-spec'
import { appendRecords } from './append-records.ts'
import { describeLedger } from './capabilities.ts'
import { checkWriter, type Client } from './client.ts'
import { openLedgerStore } from './ledger-store.ts'
import { getRecords, listRecords, readHealth } from './read-records.ts'
import { checkSettings, type InMemoryLedgerSettings } from './settings.ts'
import { toLedgerError } from './to-ledger-error.ts'
import { waitForChange } from './watch-records.ts'

export interface InMemoryLedgerOptions {
  readonly settings?: InMemoryLedgerSettings | undefined
  /** Clock in milliseconds since 1970, for `recordedAt` and `finalAfterMs`. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** One ledger and many clients in this process. */
export interface InMemoryNetwork {
  /** A client under its own account, `settings.account` by default. A read-only one may not append. Closing it leaves the others. */
  connect(options?: { readonly account?: string; readonly readOnly?: boolean }): Ledger
  /** Closes every client, then the journal. Idempotent. */
  close(): Promise<void>
}

/**
 * A ledger of its own, or the one in `settings.journal`. Closing it closes the journal. TypeError: wrong settings.
 * LEDGER_UNAVAILABLE: another writer has the journal, or the file cannot be opened. LEDGER_CORRUPTION: `details.height` names the
 * first block that is not what was written.
 */
export async function createInMemoryLedger(options: InMemoryLedgerOptions = {}): Promise<Ledger> {
  const network = await createInMemoryNetwork(options)
  const ledger = network.connect()
  return { ...ledger, close: () => network.close() }
}

/** The same, for several accounts. Errors as for `createInMemoryLedger`. */
export async function createInMemoryNetwork({ settings = {}, now = Date.now }: InMemoryLedgerOptions = {}): Promise<InMemoryNetwork> {
  const checked = checkSettings(settings)
  const store = await openLedgerStore(checked, now)
  const clients = new Set<Ledger>()
  let closing: Promise<void> | undefined

  async function closeAll(): Promise<void> {
    for (const client of clients) await client.close()
    await store.close()
  }

  return {
    connect({ account = checked.account, readOnly = false } = {}) {
      const backend = clientBackend({ store, settings: checked, account, readOnly: readOnly || store.readOnly })
      const ledger = composeLedger(backend, { waitingMax: checked.waitingMax, pollMs: 20 })
      clients.add(ledger)
      return ledger
    },
    close: () => (closing ??= closeAll()),
  }
}

function clientBackend(client: Client): LedgerBackend {
  const { store } = client
  return {
    description: describeLedger(client.settings, store.ledgerId),
    send: (stream, records) => appendRecords(client, stream, records),
    getMany: (stream, ids) => getRecords(client, stream, ids),
    list: (stream, query) => listRecords(client, stream, query),
    changed: (stream, after, signal) => waitForChange(client, stream, after, signal),
    health: () => readHealth(client),
    close: () => Promise.resolve(),
    toLedgerError,
    ...(client.settings.journal === undefined
      ? {
          privateStreams: {
            async open(stream: string, members: readonly string[]) {
              checkWriter(client, stream)
              store.openPrivate(stream, members)
            },
          },
        }
      : {}),
  }
}
