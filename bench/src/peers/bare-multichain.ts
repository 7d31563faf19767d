import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { callNode } from '@careledger/ledger-multichain/testing'
import type { BareLedger } from './bare-ledger.ts'

const confirmations = 8
const callsMax = 8
const pollMs = 50

/**
 * JSON-RPC: one item for each record, 8 calls in flight, each final when the chain has grown by 9 blocks since. Only the height is asked for,
 * once for all that wait, so that waiting costs the node nothing.
 */
export async function connectBareMultiChain(settings: Readonly<Record<string, unknown>>, directory: string): Promise<BareLedger> {
  const { url, credentials, address, streams } = settings as { url: string; credentials: { user: string; password: { file: string } }; address: string; streams: { prefix: string } }
  const access = { url, user: credentials.user, password: readFileSync(join(directory, credentials.password.file), 'utf8') }
  const readHeight = async () => ((await callNode(access, 'getinfo')) as { blocks: number }).blocks
  let height = await readHeight()
  let open = true
  const watching = (async () => {
    while (open) {
      height = await readHeight()
      await pause(pollMs)
    }
  })()
  let running = 0
  const waiting: (() => void)[] = []
  return {
    lanes: 1_024,
    what: 'JSON-RPC, one publish',
    async write() {
      while (running >= callsMax) await new Promise<void>((resolve) => { waiting.push(resolve) })
      running += 1
      try {
        await callNode(access, 'publishmultifrom', [address, `${streams.prefix}bare-0`, [{ keys: [`i${randomBytes(16).toString('hex')}`, `k${randomBytes(32).toString('hex')}`], data: randomBytes(32).toString('hex') }]])
      } finally {
        running -= 1
        waiting.shift()?.()
      }
      const final = height + 1 + confirmations
      while (height < final) await pause(pollMs)
      return undefined
    },
    async close() {
      open = false
      await watching
    },
  }
}
