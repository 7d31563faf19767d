import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { signIn } from '../connect.ts'
import { contextOf } from './command-context.ts'

export function proofCommand(): Command {
  return new Command('proof')
    .argument('<record>', 'id, from `records list`')
    .description('Writes the proof file of a record: anybody who holds it can check it offline, and read the record.')
    .option('--out <file>', 'where to write it (default: standard output)')
    .option('--record-anchor', "disclose the record's own place on the ledger too", false)
    .action(async (id: string, own: { readonly out?: string; readonly recordAnchor: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { proof, decision } = await client.hospital.records.proof.query({ id, recordAnchor: own.recordAnchor })
      if (own.out === undefined) {
        process.stdout.write(`${proof}\n`)
        return
      }
      writeFileSync(own.out, proof, { mode: 0o600 })
      output.result({ file: own.out, bytes: Buffer.byteLength(proof), decision }, [`Wrote ${own.out}. It holds the record itself: give it only to those who may read it.`, `Check it: careledger verify ${own.out}`])
    })
}
