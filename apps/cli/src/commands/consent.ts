import { readFileSync, writeFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { giveConsent, passOn, takeBack, withdrawConsent, type CareLedgerClient } from '@careledger/client'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'
import { sensitiveOption, type Sensitive } from './consent-scope.ts'

const dayMs = 86_400_000

interface GiveOptions {
  readonly to?: string
  readonly fhir?: string
  readonly type?: string[]
  readonly from?: string
  readonly until?: string
  readonly purpose: 'treatment' | 'payment' | 'research' | 'operations' | 'patient-request'
  readonly days: number
  readonly custodian?: string
  readonly for?: string
  readonly passOn?: true
  readonly direct: boolean
  readonly role?: 'doctor' | 'records-clerk' | 'system'
  readonly category?: string[]
  readonly sensitive?: Sensitive[]
  readonly exceptType?: string[]
  readonly exceptPerson?: string[]
  readonly exceptFrom?: string
  readonly exceptUntil?: string
}

export function consentCommand(): Command {
  return new Command('consent').description('What you share, as a patient: give, list, withdraw, receipts.').addCommand(give()).addCommand(list()).addCommand(withdraw()).addCommand(receipt()).addCommand(fhir()).addCommand(passing())
}

function give(): Command {
  return new Command('give')
    .description('Shares your records at one custodian with a person or an organisation. It ends by itself.')
    .option('--to <party>', 'who may read')
    .option('--fhir <file>', 'the terms as a FHIR R4 Consent, instead of all other options; what cannot be mapped is refused')
    .option('--type <types...>', 'only these resource types')
    .option('--from <date>', 'only records from this day on')
    .option('--until <date>', 'only records up to this day')
    .addOption(new Option('--role <role>', 'only people of the organisation in this role').choices(['doctor', 'records-clerk', 'system']))
    .option('--category <categories...>', 'only records of these categories (system|code)')
    .addOption(sensitiveOption('share these sensitive kinds too; without it none of them'))
    .option('--except-type <types...>', 'all but these resource types')
    .option('--except-from <date>', 'all but records from this day on')
    .option('--except-until <date>', 'all but records up to this day')
    .option('--except-person <parties...>', 'nobody of these')
    .addOption(new Option('--purpose <purpose>', 'what for').choices(['treatment', 'payment', 'research', 'operations', 'patient-request']).default('treatment'))
    .addOption(new Option('--days <n>', 'for how long').default(30).argParser((text) => {
      const days = Number(text)
      if (!Number.isInteger(days) || days < 1 || days > 365) throw new InvalidArgumentError('1 to 365 days.')
      return days
    }))
    .option('--custodian <party>', 'which custodian, where there are several')
    .option('--for <patient>', 'handle of somebody whom you act for, instead of yourself; the receipt says that it was you')
    .option('--pass-on', 'let them pass it on to others by name, within these terms')
    .option('--direct', 'let them query the ledger directly too (only with everything and --sensitive all kinds)', false)
    .action(async (own: GiveOptions, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const at = own.for === undefined ? await subjectAt(client, own.custodian) : await wardAt(client, own.for)
      if (own.fhir !== undefined) {
        const { terms } = await client.hospital.consents.fromFhir.query({ resource: readText(own.fhir) })
        const receipt = await giveConsent(client, at, terms)
        return output.result({ ...receipt, terms }, [`Shared with ${terms.grantee} until ${terms.expires}. Your receipt: careledger consent receipt ${receipt.id}`])
      }
      if (own.to === undefined) throw new CommandError(exitCodes.usage, 'GRANTEE_NEEDED', 'Say who may read: --to, or --fhir with a Consent.')
      const expires = new Date(client.now().getTime() + own.days * dayMs).toISOString()
      const receipt = await giveConsent(client, at, {
        grantee: own.to, purpose: own.purpose, expires, direct: own.direct,
        ...(own.type === undefined ? {} : { types: own.type }), ...(own.from === undefined ? {} : { from: own.from }), ...(own.until === undefined ? {} : { to: own.until }), ...scopeOf(own), ...(own.passOn === true ? { passOn: true as const } : {}),
      })
      output.result({ ...receipt, expires }, [`Shared with ${own.to} until ${expires}. Your receipt: careledger consent receipt ${receipt.id}. To stop sharing: careledger consent withdraw ${receipt.id}`])
    })
}

/** What narrows or widens the plain terms. Each kind of exception is one of its own; days of one exception belong together. */
function scopeOf({ role, category, sensitive, exceptType, exceptPerson, exceptFrom, exceptUntil }: GiveOptions) {
  const days = { ...(exceptFrom === undefined ? {} : { from: exceptFrom }), ...(exceptUntil === undefined ? {} : { to: exceptUntil }) }
  const except = [
    ...(exceptType === undefined ? [] : [{ types: exceptType }]),
    ...(exceptPerson === undefined ? [] : [{ people: exceptPerson }]),
    ...(Object.keys(days).length === 0 ? [] : [days]),
  ]
  return {
    ...(role === undefined ? {} : { role }), ...(category === undefined ? {} : { categories: category }),
    ...(sensitive === undefined ? {} : { sensitive: [...new Set(sensitive)].sort() }), ...(except.length === 0 ? {} : { except }),
  }
}

function list(): Command {
  return new Command('list')
    .description('Your consents, newest first, with who gave them for you and who passed them on.')
    .option('--for <patient>', 'handle of somebody whom you act for, instead of yourself')
    .action(async (own: { readonly for?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const page = own.for === undefined ? await client.hospital.consents.list.query({ limit: 100 }) : await client.hospital.delegations.consents.query({ patient: own.for, limit: 100 })
      output.result(page, page.items.length === 0 ? ['Nothing is shared.'] : table([
        ['consent', 'with', 'custodian', 'what', 'for', 'until', 'state', 'by'],
        ...page.items.map(({ id, granteeName, custodianName, terms, state, actedBy, passedOn }) => [id, granteeName, custodianName, terms.types?.join(',') ?? 'everything', terms.purpose, terms.expires.slice(0, 10), state, actedBy === undefined ? (passedOn === undefined ? '' : `passed on by ${passedOn.name}`) : `${actedBy.name}, ${actedBy.basis}`]),
      ]))
    })
}

function withdraw(): Command {
  return new Command('withdraw')
    .argument('<consent>', 'id, from `consent list`')
    .description('Stops sharing from this second on. What they already read stays with them.')
    .option('--for <patient>', 'handle of somebody whom you act for, instead of yourself')
    .action(async (id: string, own: { readonly for?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const consent = await findConsent(client, id, own.for)
      const receipt = await withdrawConsent(client, own.for === undefined ? await subjectAt(client, consent.custodian) : await wardAt(client, own.for), id)
      output.result(receipt, [`${consent.granteeName} can open nothing new from this second on.`])
    })
}

function receipt(): Command {
  return new Command('receipt')
    .argument('<entry>', 'id of the consent, or of its withdrawal')
    .description('Your receipt: signed by the hospital, provable without it. Keep the file; careledger verify checks it.')
    .option('--out <file>', 'where to; default: standard output')
    .action(async (id: string, own: { readonly out?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const { receipt: text, anchored } = await (await signIn(options)).hospital.consents.receipt.query({ id })
      if (own.out === undefined) return output.result({ receipt: text, anchored }, [text])
      writeFileSync(own.out, text, { mode: 0o600 })
      output.result({ out: own.out, anchored }, [`${own.out}: keep it. ${anchored ? 'A ledger holds what it rests on.' : 'The ledger will follow; ask again later for a receipt that names it.'}`])
    })
}

function fhir(): Command {
  return new Command('fhir')
    .argument('<consent>', 'id, from `consent list`')
    .description('A consent as FHIR R4 Consent.')
    .action(async (id: string, _own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { resource } = await (await signIn(options)).hospital.consents.toFhir.query({ id })
      output.result(JSON.parse(resource) as object, [resource])
    })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${path} cannot be read.`, { cause: error })
  }
}

async function findConsent(client: CareLedgerClient, id: string, ward: string | undefined) {
  let after: string | undefined
  do {
    const more = { limit: 100, ...(after === undefined ? {} : { after }) }
    const page = ward === undefined ? await client.hospital.consents.list.query(more) : await client.hospital.delegations.consents.query({ patient: ward, ...more })
    const found = page.items.find((item) => item.id === id)
    if (found !== undefined) return found
    after = page.next
  } while (after !== undefined)
  throw new CommandError(exitCodes.no, 'NOT_ALLOWED', `You have no consent ${id}.`)
}

function passing(): Command {
  return new Command('pass-on')
    .argument('<patient>', 'handle, from `patients` or `records`')
    .description('As somebody with whom a patient shares and who may pass it on: to whom it was, a further one, or taking one back.')
    .option('--to <party>', 'who may read within what is shared with you')
    .option('--type <types...>', 'only these resource types')
    .option('--until <instant>', 'not longer than the consent; default: as long')
    .option('--take-back <consent>', 'id of what was passed on')
    .action(async (patient: string, own: { readonly to?: string; readonly type?: string[]; readonly until?: string; readonly takeBack?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const place = await client.hospital.passing.prepare.query({ patient })
      const [first] = place.items
      if (own.takeBack !== undefined) return output.result(await takeBack(client, place, own.takeBack), ['Taken back. They can open nothing new from this second on.'])
      if (own.to !== undefined && first !== undefined) return output.result(await passOn(client, place, { consent: first.consent, grantee: own.to, expires: own.until ?? first.terms.expires, ...(own.type === undefined ? {} : { types: own.type }) }), [`Passed on to ${own.to}. The patient sees it.`])
      output.result(place, table([['passed on', 'to', 'what', 'until'], ...place.items.flatMap(({ passed }) => passed.map(({ id, granteeName, terms }) => [id, granteeName, terms.types?.join(',') ?? 'everything', terms.expires.slice(0, 10)]))]))
    })
}

/** Where the records of somebody are whom the caller may consent for. */
async function wardAt(client: CareLedgerClient, patient: string) {
  const found = (await client.hospital.delegations.list.query({})).byMe.find((item) => item.patient === patient && item.state === 'active' && item.scope.includes('consent'))
  if (found === undefined) throw new CommandError(exitCodes.no, 'NOT_ALLOWED', `You do not share for ${patient}.`)
  return found
}

/** Where the caller has records; with several custodians one must be named. */
async function subjectAt(client: CareLedgerClient, custodian: string | undefined) {
  const { items } = await client.hospital.consents.subjects.query({})
  const matching = custodian === undefined ? items : items.filter((item) => item.custodian === custodian)
  const [only] = matching
  if (only === undefined) throw new CommandError(exitCodes.no, 'NO_RECORDS', custodian === undefined ? 'No custodian here holds records of yours.' : `${custodian} holds no records of yours.`)
  if (matching.length > 1) throw new CommandError(exitCodes.usage, 'CUSTODIAN_NEEDED', `Several custodians hold records of yours: say which with --custodian (${items.map((item) => item.custodian).join(', ')}).`)
  return only
}
