import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { evidenceBlocks, parseLedgerTrust, type LedgerTrust } from '@careledger/evidence'
import { parseProof } from '@careledger/proof'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { askBlockHash, nodeKinds, type NodeKind } from '../pin/ask-block-hash.ts'
import { contextOf } from './command-context.ts'
import { readProof } from './verify.ts'

type Nodes = Partial<Record<NodeKind, string>>

export function pinCommand(): Command {
  return new Command('pin')
    .argument('<proof>', 'a proof file whose anchors carry evidence')
    .description("Asks your own nodes for the blocks that a proof's evidence leads to, and prints them as pins for verify --pins.")
    .option('--ethereum <url>', 'JSON-RPC address of your own node of the ledger')
    .addOption(new Option('--multichain <url>', 'the same for MultiChain, with user and password in the address; better given by the environment').env('CARELEDGER_MULTICHAIN_NODE'))
    .option('--add-to <file>', 'pins that you have already; the result holds both')
    .action(async (file: string, own: Nodes & { readonly addTo?: string }, command: Command) => {
      const { output } = contextOf(command)
      if (nodeKinds.every((kind) => own[kind] === undefined)) throw new CommandError(exitCodes.usage, 'NO_NODE', 'Name a node of your own: --ethereum or --multichain.')
      const pins = new Map((own.addTo === undefined ? [] : parseLedgerTrust(readFileSync(own.addTo, 'utf8'))).map(({ ledgerId, blocks }) => [ledgerId, { ...blocks }]))
      for (const anchor of parseProof(readProof(file)).anchors) {
        const kind = nodeKinds.find((each) => each === anchor.kind)
        const url = kind === undefined ? undefined : own[kind]
        if (kind === undefined || url === undefined) continue
        for (const { height } of evidenceBlocks(anchor) ?? []) {
          pins.set(anchor.ledgerId, { ...pins.get(anchor.ledgerId), [height]: await askBlockHash(kind, url, height) })
        }
      }
      if (pins.size === 0) throw new CommandError(exitCodes.no, 'NO_EVIDENCE', 'No anchor of the proof carries evidence of these ledgers.')
      const list: readonly LedgerTrust[] = [...pins].map(([ledgerId, blocks]) => ({ ledgerId, blocks }))
      output.result(list, [JSON.stringify(list, null, 2)])
    })
}
