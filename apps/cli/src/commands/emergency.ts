import { Command, InvalidArgumentError, Option } from 'commander'
import { endEmergency, openInEmergency, reviewEmergency, type CareLedgerClient } from '@careledger/client'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'
import { sensitiveOption, type Sensitive } from './consent-scope.ts'

interface OpenOptions {
  readonly number?: string
  readonly birthDate?: string
  readonly patient?: string
  readonly seal: boolean
  readonly sensitive?: Sensitive[]
  readonly reason: 'unconscious' | 'cannot-communicate' | 'no-time' | 'other'
  readonly text: string
  readonly hours: number
}

type Item = Awaited<ReturnType<CareLedgerClient['hospital']['emergency']['list']['query']>>['items'][number]

export function emergencyCommand(): Command {
  return new Command('emergency')
    .description('Emergency access: open, list, end; and its review.')
    .addCommand(open()).addCommand(list()).addCommand(end()).addCommand(reviews()).addCommand(review())
}

function open(): Command {
  return new Command('open')
    .description('Opens a record without the patient\'s permission. Only if their life or health is in danger and they cannot be asked; by signing you say so. They are told now, it ends by itself, and it is reviewed.')
    .option('--number <number>', 'the whole number of the person, with --birth-date')
    .option('--birth-date <date>', 'YYYY-MM-DD')
    .option('--patient <handle>', 'the handle, where you have it')
    .option('--seal', 'break the seal of the sensitive kinds within a consent that you have', false)
    .addOption(sensitiveOption('open these sensitive kinds too'))
    .addOption(new Option('--reason <reason>', 'why').choices(['unconscious', 'cannot-communicate', 'no-time', 'other']).makeOptionMandatory())
    .requiredOption('--text <sentence>', 'what happened, for the patient and the review')
    .addOption(new Option('--hours <n>', 'for how long').default(4).argParser((text) => {
      const hours = Number(text)
      if (!Number.isInteger(hours) || hours < 1 || hours > 4) throw new InvalidArgumentError('1 to 4 hours.')
      return hours
    }))
    .action(async (own: OpenOptions, command: Command) => {
      const { options, output } = contextOf(command)
      if (own.patient === undefined && (own.number === undefined || own.birthDate === undefined)) throw new CommandError(exitCodes.usage, 'WHOM_NEEDED', 'Say whom: --number with --birth-date, or --patient.')
      const whom = own.patient !== undefined ? { patient: own.patient } : { identifier: { value: own.number as string }, birthDate: own.birthDate as string }
      const opened = await openInEmergency(await signIn(options), whom, { opens: own.seal ? 'seal' : 'record', reason: own.reason, text: own.text, hours: own.hours, ...(own.sensitive === undefined ? {} : { sensitive: [...new Set(own.sensitive)].sort() }) })
      output.result({ opened }, opened.map(({ id, patient, custodianName, until }) => `Open until ${until}: patient ${patient} at ${custodianName}. The patient has been told. When you are done: careledger emergency end ${id}`))
    })
}

function list(): Command {
  return new Command('list')
    .description('As a patient: who opened your record in an emergency. As a doctor: what you have open.')
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { items } = await itemsOf(client)
      output.result({ items }, items.length === 0 ? ['There is no emergency access.'] : rows(items))
    })
}

function end(): Command {
  return new Command('end')
    .argument('<emergency>', 'id, from `emergency list`')
    .description('Ends an emergency access now, as the doctor who opened it or as the patient.')
    .action(async (id: string, _own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const found = pick((await itemsOf(client)).items, id)
      output.result(await endEmergency(client, found, id), ['Ended. Nothing more is read under it.'])
    })
}

function reviews(): Command {
  return new Command('reviews')
    .description("As a privacy officer: emergency accesses to your hospital's patients that wait for a review.")
    .addOption(new Option('--state <state>', 'which').choices(['open', 'escalated', 'closed']).default('open'))
    .action(async (own: { readonly state: 'open' | 'escalated' | 'closed' }, command: Command) => {
      const { options, output } = contextOf(command)
      const page = await (await signIn(options)).hospital.emergency.reviews.query({ state: own.state, limit: 100 })
      output.result(page, page.items.length === 0 ? ['Nothing waits for a review.'] : rows(page.items))
    })
}

function review(): Command {
  return new Command('review')
    .argument('<emergency>', 'id, from `emergency reviews`')
    .description('Closes the review of an emergency access.')
    .addOption(new Option('--outcome <outcome>', 'what you found').choices(['justified', 'misuse']).makeOptionMandatory())
    .option('--note <sentence>', 'why, for the patient', '')
    .action(async (id: string, own: { readonly outcome: 'justified' | 'misuse'; readonly note: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const pages = await Promise.all((['open', 'escalated'] as const).map((state) => client.hospital.emergency.reviews.query({ state, limit: 100 })))
      const found = pick(pages.flatMap(({ items }) => items), id)
      output.result(await reviewEmergency(client, found, id, own), [own.outcome === 'misuse' ? 'Closed as misuse. The access has ended, and the patient has been told.' : 'Closed as justified. The patient has been told.'])
    })
}

function itemsOf(client: CareLedgerClient) {
  return client.actor?.roles.includes('patient') === true ? client.hospital.emergency.list.query({}) : client.hospital.emergency.mine.query({})
}

function pick(items: readonly Item[], id: string): Item {
  const found = items.find((item) => item.id === id)
  if (found === undefined) throw new CommandError(exitCodes.no, 'NOT_ALLOWED', `There is no emergency access ${id} for you.`)
  return found
}

function rows(items: readonly Item[]): readonly string[] {
  return table([['id', 'who', 'organisation', 'opened', 'until', 'reason', 'review', 'due'], ...items.map((item) => [item.id, item.name, item.organisationName, item.at, item.until, item.reason, item.reviewed?.outcome ?? item.state, item.due])])
}
