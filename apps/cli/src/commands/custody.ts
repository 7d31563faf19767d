import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { closeCustody, transferCustody, verifyProof } from '@careledger/client'
import { connectAway, signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { offerCommand, offersCommand, refuseCommand, takeBackCommand } from './custody-offer.ts'
import { confirmCommand, endCommand, orderCommand } from './custody-order.ts'
import { packCommand, unpackCommand } from './custody-pack.ts'
import { readTrust } from '../read-trust.ts'
import { contextOf } from './command-context.ts'

export function custodyCommand(): Command {
  return new Command('custody')
    .description('Moving a record to another custodian, with the patient\'s signed consent, or under the confirmed order of a custodian that closes (docs/custody.md).')
    .addCommand(offerCommand()).addCommand(offersCommand()).addCommand(refuseCommand()).addCommand(takeBackCommand())
    .addCommand(transfer())
    .addCommand(close())
    .addCommand(where())
    .addCommand(orderCommand()).addCommand(confirmCommand()).addCommand(endCommand())
    .addCommand(packCommand()).addCommand(unpackCommand())
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
    .option('--consent <id>', "the patient's consent to the transfer")
    .option('--order <id>', 'or the confirmed order of a custodian that closes (custody order)')
    .option('--receipt <file>', "with --order: the new custodian's receipt, which is checked and whose hash is kept")
    .option('--trust <file>', "the new custodian's instance's keys, pinned, for the receipt (default: trust.json in the data directory)")
    .description('Run by the former custodian: says that the record is kept elsewhere. It writes nothing more of this patient.')
    .option('--dry-run', 'only look whether the patient is here', false)
    .action(async (patient: string, own: CloseOptions, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const at = await client.hospital.custody.prepare.query({ patient })
      if (own.dryRun) return output.result({ written: false }, ['The patient is here. Nothing was written.'])
      const ground = await groundOf(own, options.data)
      const receipt = await closeCustody(client, at, { to: own.to, ...ground })
      output.result(receipt, [`Written: ${receipt.id}. The record is kept by ${own.to} from now on. What is kept here stays under the consents given to you, until it is erased.`])
    })
}

interface CloseOptions { readonly to: string; readonly consent?: string; readonly order?: string; readonly receipt?: string; readonly trust?: string; readonly dryRun: boolean }

async function groundOf({ consent, order, receipt, trust }: CloseOptions, data: string | undefined): Promise<{ readonly consent: string } | { readonly order: string; readonly receipt?: string }> {
  if (consent !== undefined && order === undefined) return { consent }
  if (order === undefined || consent !== undefined) throw new CommandError(exitCodes.usage, 'USAGE', 'Say by whose word: either --consent or --order.')
  if (receipt === undefined) return { order }
  const bytes = readFileSync(receipt)
  const { valid, file } = await verifyProof(new Uint8Array(bytes), readTrust({ trust, data }))
  if (!valid || file?.entry.type !== 'custody-received') throw new CommandError(exitCodes.no, 'RECEIPT_INVALID', `${receipt} is no receipt that holds by these keys. Nothing was written.`)
  return { order, receipt: createHash('sha256').update(bytes).digest('base64url') }
}

function where(): Command {
  return new Command('where')
    .argument('<patient>', 'handle')
    .description('Who keeps the record now, by whose word, and where it came from.')
    .action(async (patient: string, _own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { moved, received } = await (await signIn(options)).hospital.custody.state.query({ patient, purpose: 'operations' })
      output.result({ ...(moved === undefined ? {} : { moved }), ...(received === undefined ? {} : { received }) }, [
        moved === undefined ? 'The record is kept here.' : `Kept by ${moved.toName} since ${moved.at}: ${moved.basis ?? `the patient's consent ${moved.consent ?? ''}`}.`,
        ...(received === undefined ? [] : [`${received.records} records came from ${received.fromName} on ${received.at}.`]),
      ])
    })
}
