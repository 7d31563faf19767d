import { Command } from 'commander'
import { closeCustody, transferCustody } from '@careledger/client'
import { connectAway, signIn } from '../connect.ts'
import { readTrust } from '../read-trust.ts'
import { contextOf } from './command-context.ts'

export function custodyCommand(): Command {
  return new Command('custody')
    .description('Moving a record to another custodian, with the patient\'s signed consent (docs/custody.md).')
    .addCommand(transfer())
    .addCommand(close())
}

interface TransferOptions { readonly at?: string; readonly trust?: string; readonly link?: string; readonly dryRun: boolean }

function transfer(): Command {
  return new Command('transfer')
    .argument('<patient>', 'handle at the custodian that keeps the record now')
    .description('Run by the new custodian: brings the record over, each with its old proof. Cut short, the same command goes on.')
    .option('--at <address>', "the instance that keeps the record now, where that is another than yours (--url)")
    .option('--trust <file>', "that instance's keys, pinned (default: trust.json in the data directory)")
    .option('--link <party>', 'who the patient is on your instance, when they are new there')
    .option('--dry-run', 'only count', false)
    .action(async (patient: string, own: TransferOptions, command: Command) => {
      const { options, output } = contextOf(command)
      const trust = readTrust({ trust: own.trust, data: options.data })
      const to = await signIn(options)
      const from = own.at === undefined ? to : await connectAway(to, own.at)
      const progress = output.progress('Records')
      try {
        const result = await transferCustody({ from, to, patient, trust, dryRun: own.dryRun, onProgress: ({ done, total }) => progress.update(done, total), ...(own.link === undefined ? {} : { linkTo: own.link }) })
        progress.end()
        output.result(result, own.dryRun
          ? [`${result.total} records would be brought over. Nothing was written.`]
          : [`${result.written} of ${result.total} records brought over; the rest was here. Patient here: ${result.patient ?? '-'}`, 'Nothing changed at the former custodian. When it is done, they close it: careledger custody close.'])
      } catch (error) {
        progress.end()
        throw error
      }
    })
}

function close(): Command {
  return new Command('close')
    .argument('<patient>', 'handle at your organisation')
    .requiredOption('--to <party>', 'the new custodian')
    .requiredOption('--consent <id>', "the patient's consent to the transfer")
    .description('Run by the former custodian: says that the record is kept elsewhere. It writes nothing more of this patient.')
    .option('--dry-run', 'only look whether the patient is here', false)
    .action(async (patient: string, own: { readonly to: string; readonly consent: string; readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const at = await client.hospital.custody.prepare.query({ patient })
      if (own.dryRun) return output.result({ written: false }, ['The patient is here. Nothing was written.'])
      const receipt = await closeCustody(client, at, own)
      output.result(receipt, [`Written: ${receipt.id}. The record is kept by ${own.to} from now on. What is kept here stays under the consents given to you, until it is erased.`])
    })
}
