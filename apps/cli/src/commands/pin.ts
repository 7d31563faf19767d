import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { z } from 'zod'
import { evidenceBlock, parseLedgerTrust, type LedgerTrust } from '@careledger/evidence'
import { parseProof } from '@careledger/proof'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { contextOf } from './command-context.ts'
import { readProof } from './verify.ts'

export function pinCommand(): Command {
  return new Command('pin')
    .argument('<proof>', 'a proof file whose anchors carry evidence')
    .description("Asks your own node for the blocks that a proof's evidence leads to, and prints them as pins for verify --pins.")
    .requiredOption('--ethereum <url>', 'JSON-RPC address of your own node of the ledger')
    .option('--add-to <file>', 'pins that you have already; the result holds both')
    .action(async (file: string, own: { readonly ethereum: string; readonly addTo?: string }, command: Command) => {
      const { output } = contextOf(command)
      const pins = new Map((own.addTo === undefined ? [] : parseLedgerTrust(readFileSync(own.addTo, 'utf8'))).map(({ ledgerId, blocks }) => [ledgerId, { ...blocks }]))
      for (const anchor of parseProof(readProof(file)).anchors) {
        const block = anchor.kind === 'ethereum' ? evidenceBlock(anchor) : undefined
        if (block === undefined) continue
        pins.set(anchor.ledgerId, { ...pins.get(anchor.ledgerId), [block.height]: await hashOf(own.ethereum, block.height) })
      }
      if (pins.size === 0) throw new CommandError(exitCodes.no, 'NO_EVIDENCE', 'No anchor of the proof carries evidence of Ethereum.')
      const list: readonly LedgerTrust[] = [...pins].map(([ledgerId, blocks]) => ({ ledgerId, blocks }))
      output.result(list, [JSON.stringify(list, null, 2)])
    })
}

const answer = z.object({ result: z.object({ hash: z.string().regex(/^0x[0-9a-f]{64}$/) }).nullable() })

async function hashOf(url: string, height: number): Promise<string> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: [`0x${height.toString(16)}`, false] })
  let parsed: z.output<typeof answer>
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: AbortSignal.timeout(10_000) })
    parsed = answer.parse(await response.json())
  } catch (error) {
    throw new CommandError(exitCodes.unavailable, 'UNAVAILABLE', 'The node does not answer as an Ethereum node.', { cause: error })
  }
  if (parsed.result === null) throw new CommandError(exitCodes.no, 'NO_SUCH_BLOCK', `The node has no block ${height}: it is behind, or on another chain.`)
  return parsed.result.hash
}
