import { Command, Option } from 'commander'
import { CUSTODY_REFUSAL_REASONS, CUSTODY_TAKE_BACK_REASONS, offerCustody, refuseCustodyOffer, takeBackCustodyOffer, type CareLedgerClient, type CustodyOffer } from '@careledger/client'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'

interface Own { readonly dryRun: boolean }
interface Answer extends Own { readonly reason: string; readonly words?: string }

/** `custody offer`: the record of a patient is offered before it goes. */
export function offerCommand(): Command {
  return new Command('offer')
    .argument('<patient>', 'handle at your organisation')
    .requiredOption('--to <party>', 'the hospital that would keep the record')
    .option('--consent <id>', "the patient's consent to the transfer")
    .option('--order <id>', 'or the confirmed order of a custodian that closes (custody order)')
    .description('Offers a record to another hospital, which can refuse it: it sees the offer, and the patient sees how it stands.')
    .option('--dry-run', 'only say what would be offered', false)
    .action(async (patient: string, own: Own & { readonly to: string; readonly consent?: string; readonly order?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const ground = own.consent !== undefined ? { consent: own.consent } : own.order === undefined ? undefined : { order: own.order }
      if (ground === undefined) throw new CommandError(exitCodes.usage, 'USAGE', 'Say by whose word: --consent or --order.')
      const at = await client.hospital.custody.prepare.query({ patient })
      if (own.dryRun) return output.result({ patient, to: own.to, ...ground, dryRun: true }, [`The record would be offered to ${own.to}. Nothing was written.`])
      const receipt = await offerCustody(client, at, { to: own.to, ...ground })
      output.result(receipt, [`✓ Offered to ${own.to} (${receipt.id}). How it stands: careledger custody offers. To take it back: careledger custody take-back ${patient} --reason sent-in-error`])
    })
}

/** `custody offers`: both directions. */
export function offersCommand(): Command {
  return new Command('offers')
    .description('Records that your organisation has offered and that were offered to it, those that wait first.')
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { items } = await (await signIn(options)).hospital.custody.offers.query({})
      output.result({ items }, items.length === 0 ? ['Nothing is offered.'] : table([['', 'patient', 'hospital', 'state', 'since', 'why'], ...items.map(({ direction, patient, custodianName, toName, state, at, answer }) => [direction === 'made' ? 'to' : 'from', patient, direction === 'made' ? toName : custodianName, state, answer?.at ?? at, [answer?.reason, answer?.words].filter((part) => part !== undefined).join(': ') || '-'])]))
    })
}

export const refuseCommand = (): Command => answerCommand('refuse', {
  description: 'Run by the hospital that a record is offered to: it does not take it. The sender and the patient read why.', direction: 'received', reasons: CUSTODY_REFUSAL_REASONS, done: '✓ Refused. The sender and the patient read why.',
  write: (client, offer, answer) => refuseCustodyOffer(client, offer, answer as Parameters<typeof refuseCustodyOffer>[2]),
})
export const takeBackCommand = (): Command => answerCommand('take-back', {
  description: 'Run by the custodian that made an offer: it takes it back. The other hospital and the patient read why.', direction: 'made', reasons: CUSTODY_TAKE_BACK_REASONS, done: '✓ Taken back. The record stays here.',
  write: (client, offer, answer) => takeBackCustodyOffer(client, offer, answer as Parameters<typeof takeBackCustodyOffer>[2]),
})

interface Answering {
  readonly description: string
  readonly direction: CustodyOffer['direction']
  readonly reasons: readonly string[]
  readonly done: string
  readonly write: (client: CareLedgerClient, offer: CustodyOffer, answer: { readonly reason: string; readonly words?: string }) => Promise<object>
}

function answerCommand(name: string, { description, direction, reasons, done, write }: Answering): Command {
  return new Command(name)
    .argument('<patient>', 'handle, as careledger custody offers shows it')
    .description(description)
    .addOption(new Option('--reason <reason>', 'why').choices(reasons).makeOptionMandatory())
    .option('--words <text>', 'in words, at most 300 characters; nothing about the patient belongs here')
    .option('--dry-run', 'only show the offer', false)
    .action(async (patient: string, own: Answer, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const offer = (await client.hospital.custody.offers.query({})).items.find((item) => item.patient === patient && item.direction === direction && item.state === 'open')
      if (offer === undefined) throw new CommandError(exitCodes.no, 'NO_OFFER', 'No offer of this patient stands.')
      if (own.dryRun) return output.result({ offer, dryRun: true }, [`Offered ${offer.at} by ${offer.custodianName} to ${offer.toName}. Nothing was written.`])
      output.result(await write(client, offer, { reason: own.reason, ...(own.words === undefined ? {} : { words: own.words }) }), [done])
    })
}
