import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { verifyContinuity } from '@careledger/proof'
import { exitCodes } from '../exit-codes.ts'
import { readTrust } from '../read-trust.ts'
import { contextOf } from './command-context.ts'

export function continuityCommand(): Command {
  return new Command('continuity')
    .argument('<file>', 'the continuity file of a move')
    .description('Checks offline that the log on the new ledger extends the log on the old one.')
    .option('--trust <file>', "the instance's keys, pinned (default: trust.json in the data directory)")
    .action(async (path: string, own: { readonly trust?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const trust = readTrust({ trust: own.trust, data: options.data })
      const bytes = new Uint8Array(readFileSync(path))
      try {
        const { file, fromSize, toSize } = await verifyContinuity(bytes, trust)
        output.result({ holds: true, network: file.network, from: { ledger: file.from.ledger, ledgerId: file.from.ledgerId, size: fromSize, record: file.from.id }, to: { ledger: file.to.ledger, ledgerId: file.to.ledgerId, size: toSize, record: file.to.id } }, [
          `It holds: the log of ${toSize} entries on ${file.to.ledger} extends the log of ${fromSize} entries on ${file.from.ledger}.`,
          `– not checked here: whether the ledgers hold these checkpoints (stream checkpoints, records ${file.from.id} and ${file.to.id}).`,
        ])
      } catch (error) {
        const { name, code, message } = error as { name?: string; code?: string; message?: string }
        if (name !== 'ProofError') throw error
        output.result({ holds: false, code, message }, [`It does not hold: ${message ?? ''}`])
        process.exitCode = exitCodes.no
      }
    })
}
