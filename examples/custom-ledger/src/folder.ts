import { randomUUID } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LedgerError, type NewRecord } from '@careledger/ledger-spec'
import { position } from './position.ts'
import type { FolderLedgerSettings } from './settings.ts'

/** A record as it lies in a file; bytes as base64. */
interface RecordInFile { readonly id: string; readonly key?: string | undefined; readonly digest: string; readonly data?: string | undefined }
/** One file: one append. */
interface Transaction { readonly stream: string; readonly writer: string; readonly at: number; readonly records: readonly RecordInFile[] }
interface Genesis { readonly ledgerId: string; readonly writers: readonly string[] }

/** A record that counts: the first with its id in its stream, written by an account that may. */
export interface IndexedRecord extends NewRecord {
  readonly writer: string
  readonly at: number
  readonly position: string
}

interface Stream { readonly inOrder: IndexedRecord[]; readonly byId: Map<string, IndexedRecord> }

/** The folder and what this client has read of it. */
export interface Folder {
  readonly genesis: Genesis
  /** Number of the newest file read. */
  height(): number
  /** Reads every file that has come since. */
  refresh(): Promise<void>
  /** Creates file `number`. False when somebody else has created it. */
  write(number: number, transaction: Omit<Transaction, 'records'> & { readonly records: readonly NewRecord[] }): Promise<boolean>
  stream(name: string): Stream
}

export async function openFolder({ folder, writers }: FolderLedgerSettings): Promise<Folder> {
  await createOnce(folder, 0, JSON.stringify({ ledgerId: randomUUID(), writers }))
  const genesis = JSON.parse(await readFile(pathOf(folder, 0), 'utf8')) as Genesis
  const streams = new Map<string, Stream>()
  let height = 0
  let reading: Promise<void> | undefined

  function stream(name: string): Stream {
    const known = streams.get(name) ?? { inOrder: [], byId: new Map<string, IndexedRecord>() }
    streams.set(name, known)
    return known
  }

  function index(number: number, { stream: name, writer, at, records }: Transaction): void {
    if (!genesis.writers.includes(writer)) return
    const { inOrder, byId } = stream(name)
    for (const [place, record] of records.entries()) {
      if (byId.has(record.id)) continue
      const indexed = { ...record, data: record.data === undefined ? undefined : new Uint8Array(Buffer.from(record.data, 'base64')), writer, at, position: position.encode(number, place) }
      inOrder.push(indexed)
      byId.set(record.id, indexed)
    }
  }

  async function readOn(): Promise<void> {
    for (let text = await readNext(folder, height + 1); text !== undefined; text = await readNext(folder, height + 1)) {
      index(height + 1, parse(text, height + 1))
      height += 1
    }
  }

  return {
    genesis,
    height: () => height,
    refresh: () => (reading ??= readOn().finally(() => { reading = undefined })),
    async write(number, { records, ...head }) {
      const inFile = records.map((record) => ({ ...record, data: record.data === undefined ? undefined : Buffer.from(record.data).toString('base64') }))
      return await createOnce(folder, number, JSON.stringify({ ...head, records: inFile }))
    },
    stream,
  }
}

/** Writes a file under another name, makes it durable, and links it to its own: the link exists whole or not at all. */
async function createOnce(folder: string, number: number, text: string): Promise<boolean> {
  const draft = join(folder, `${randomUUID()}.draft`)
  const file = await open(draft, 'wx')
  try {
    await file.writeFile(text)
    await file.sync()
    await link(draft, pathOf(folder, number))
    await syncFolder(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

async function readNext(folder: string, number: number): Promise<string | undefined> {
  try {
    return await readFile(pathOf(folder, number), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function parse(text: string, number: number): Transaction {
  try {
    return JSON.parse(text) as Transaction
  } catch {
    throw new LedgerError('LEDGER_CORRUPTION', 'A file of the ledger is not what was written', { details: { height: number } })
  }
}

function pathOf(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(12, '0')}.json`)
}
