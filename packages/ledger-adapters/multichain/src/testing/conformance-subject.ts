import { randomBytes } from 'node:crypto'
import { CONFORMANCE_STREAMS, type LedgerUnderTest } from '@careledger/ledger-conformance'
import type { Ledger } from '@careledger/ledger-spec'
import { createMultiChainLedger, type MultiChainLedgerSettings } from '../index.ts'
import { createCuttableProxy } from './cuttable-proxy.ts'
import { callNode, type NodeAccess } from './node-access.ts'

export interface SubjectOptions {
  readonly chainName: string
  /** The node of the first client; its wallet has an address that may do everything. */
  readonly node: NodeAccess
  /** The node of the second client; the same one by default. */
  readonly secondNode?: NodeAccess | undefined
  readonly settings?: Partial<MultiChainLedgerSettings> | undefined
}

const STREAMS = CONFORMANCE_STREAMS.slice(0, 2)
const WAIT_MS = 30_000

/** Addresses for a second writer and for a reader, once for each pair of nodes. */
export interface Accounts {
  readonly admin: string
  readonly second: string
  readonly reader: string
}

export async function createAccounts({ node, secondNode = node }: SubjectOptions): Promise<Accounts> {
  const [admin = ''] = (await callNode(node, 'getaddresses')) as string[]
  const second = (await callNode(secondNode, 'getnewaddress')) as string
  const reader = (await callNode(node, 'getnewaddress')) as string
  for (const address of [second, reader]) await callNode(node, 'grant', [address, 'send,receive'])
  return { admin, second, reader }
}

/** Streams of their own, and clients on them: a ledger that shares only the chain with another. */
export async function createSubject(options: SubjectOptions, { admin, second, reader }: Accounts): Promise<LedgerUnderTest> {
  const { node, secondNode = node } = options
  const prefix = `${randomBytes(4).toString('hex')}-`
  for (const stream of STREAMS) {
    await callNode(node, 'create', ['stream', prefix + stream, { restrict: 'write,offchain' }])
    await callNode(node, 'grant', [second, `${prefix}${stream}.write`])
  }
  for (const stream of STREAMS) await untilGranted(secondNode, second, `${prefix}${stream}.write`)
  const proxy = await createCuttableProxy(node.url)
  const clients: Ledger[] = []

  async function connect({ url, user, password }: NodeAccess, address: string): Promise<Ledger> {
    const ledger = await createMultiChainLedger({
      settings: { url, credentials: { user, password }, chain: { name: options.chainName }, address, streams: { prefix }, ...options.settings },
    })
    clients.push(ledger)
    return ledger
  }

  return {
    ledger: await connect({ ...node, url: proxy.url }, admin),
    second: () => connect(secondNode, second),
    reader: () => connect(node, reader),
    async reopen() {
      for (const client of clients) await client.close()
      return await connect(node, admin)
    },
    interrupt: (ms) => proxy.cut(ms),
    async dispose() {
      for (const client of clients) await client.close()
      await proxy.close()
    },
  }
}

/** A grant gets from one node to the other in its own time. */
async function untilGranted(node: NodeAccess, address: string, right: string): Promise<void> {
  const end = Date.now() + WAIT_MS
  for (;;) {
    try {
      if ((await callNode(node, 'verifypermission', [address, right])) === true) return
    } catch (error) {
      if (Date.now() >= end) throw error
    }
    if (Date.now() >= end) throw new Error('The second node did not hear of the grant')
    await new Promise((resolve) => { setTimeout(resolve, 20) })
  }
}
