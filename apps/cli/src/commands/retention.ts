import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { holdDraft, releaseDraft, RETENTION_PRESETS, retentionDraft, signAs, type RetentionRule } from '@careledger/client'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'

const dryRunOption = () => new Option('--dry-run', 'say what would be done, and do nothing').default(false)

export function retentionCommand(): Command {
  return new Command('retention')
    .description('For how long records must be kept, by which law, and what must not be erased at all. Each change is a signed entry in the log.')
    .addCommand(list()).addCommand(set()).addCommand(hold()).addCommand(release()).addCommand(check()).addCommand(due())
}

function list(): Command {
  return new Command('list')
    .description("The periods of your organisation with their legal basis.")
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const state = await (await signIn(options)).hospital.retention.read.query({})
      output.result(state, state.rules.length === 0
        ? [`${state.custodian} has set no periods: an erasure request is refused only under a hold.`]
        : [`Set ${state.set?.at ?? ''} by entry ${state.set?.entry ?? ''}.`, ...ruleLines(state.rules)])
    })
}

function set(): Command {
  return new Command('set')
    .description("Sets your organisation's periods; they replace those set before. With the organisation's key.")
    .addOption(new Option('--preset <country>', 'to begin with; have a lawyer confirm it').choices(Object.keys(RETENTION_PRESETS)))
    .option('--file <rules>', 'JSON: a list of {jurisdiction, types?, years, from: record | last-record, basis, source}')
    .addOption(dryRunOption())
    .action(async (own: { readonly preset?: keyof typeof RETENTION_PRESETS; readonly file?: string; readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const rules = own.file !== undefined ? readRules(own.file) : own.preset !== undefined ? RETENTION_PRESETS[own.preset] : undefined
      if (rules === undefined || (own.file !== undefined && own.preset !== undefined)) throw new CommandError(exitCodes.usage, 'USAGE', 'Say which periods with either --preset or --file.')
      const client = await signIn(options)
      const { custodian } = await client.hospital.retention.read.query({})
      if (own.dryRun) return output.result({ custodian, rules, dryRun: true }, [`For ${custodian}:`, ...ruleLines(rules), 'Nothing was done.'])
      const receipt = await client.hospital.retention.set.mutate({ entry: await signAs(client, retentionDraft(custodian, rules)) })
      output.result({ ...receipt, custodian, rules }, [`✓ Set by entry ${receipt.id}:`, ...ruleLines(rules)])
    })
}

/** `careledger hold`: the same acts under the word people look for. */
export function holdCommand(): Command {
  return new Command('hold')
    .description('Legal holds: nothing of a patient is erased here while one stands.')
    .addCommand(hold('place')).addCommand(release()).addCommand(check('list'))
}

function hold(name = 'hold'): Command {
  return new Command(name)
    .argument('<patient>', 'handle, from `records patients`')
    .description('Places a legal hold: nothing of this patient is erased here until it is released.')
    .requiredOption('--basis <words>', 'the legal basis, for example the court and file number')
    .option('--source <url>', 'where it can be read (https)')
    .addOption(dryRunOption())
    .action(async (patient: string, own: { readonly basis: string; readonly source?: string; readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { subject, custodian, holds } = await client.hospital.retention.answer.query({ patient })
      if (own.dryRun) return output.result({ patient, custodian, holds: holds.length, dryRun: true }, [`A hold would be placed at ${custodian}; ${holds.length} stand already. Nothing was done.`])
      const entry = await signAs(client, holdDraft({ subject, custodian }, { basis: own.basis, ...(own.source === undefined ? {} : { source: own.source }) }))
      const receipt = await client.hospital.retention.hold.mutate({ entry })
      output.result(receipt, [`✓ On hold. To release it: careledger retention release ${patient} ${receipt.id}`])
    })
}

function release(): Command {
  return new Command('release')
    .argument('<patient>', 'handle')
    .argument('<hold>', 'id, from `retention check`')
    .description('Releases a legal hold.')
    .option('--reason <words>', 'why; it stands in the entry')
    .addOption(dryRunOption())
    .action(async (patient: string, id: string, own: { readonly reason?: string; readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { subject, custodian, holds } = await client.hospital.retention.answer.query({ patient })
      if (!holds.some((one) => one.id === id)) throw new CommandError(exitCodes.no, 'NOT_ALLOWED', `No hold ${id} stands on this patient.`)
      if (own.dryRun) return output.result({ patient, hold: id, left: holds.length - 1, dryRun: true }, [`The hold would be released; ${holds.length - 1} others stand. Nothing was done.`])
      const receipt = await client.hospital.retention.release.mutate({ entry: await signAs(client, releaseDraft({ subject, custodian }, id, own.reason)) })
      output.result(receipt, [`✓ Released; ${holds.length - 1} others stand.`])
    })
}

function check(name = 'check'): Command {
  return new Command(name)
    .argument('<patient>', 'handle')
    .description('What an erasure request would be answered today. Ends with 1 where it would be refused.')
    .action(async (patient: string, _own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const answer = await (await signIn(options)).hospital.retention.answer.query({ patient })
      output.result(answer, answer.erasable
        ? ['✓ Nothing need be kept: an erasure request would be granted.']
        : ['✗ An erasure request would be refused:', ...answer.reasons.map(({ basis, until, source }) => `    ${basis}${until === undefined ? ', until it is released' : `, until ${until}`}${source === undefined ? '' : ` (${source})`}`), ...answer.holds.map((one) => `    hold ${one.id}, placed ${one.placed}`)])
      if (!answer.erasable) process.exitCode = exitCodes.no
    })
}

function due(): Command {
  return new Command('due')
    .description('Patients of whom nothing need be kept any more, and who are kept or on hold. Looking is an access that they see.')
    .option('--all', 'every page, not the first only', false)
    .action(async (own: { readonly all: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const items: { patient: string; state: string; until?: string | undefined }[] = []
      let after: string | undefined
      do {
        const page = await client.hospital.retention.due.query({ limit: 50, ...(after === undefined ? {} : { after }) })
        items.push(...page.items)
        after = page.next
      } while (after !== undefined && own.all)
      output.result({ items, ...(after === undefined ? {} : { next: after }) }, items.length === 0 ? ['No patient of your organisation.'] : [
        ...table([['patient', 'state', 'until'], ...items.map(({ patient, state, until }) => [patient, state, until ?? '-'])]), ...(after === undefined ? [] : ['There are more: --all']),
      ])
    })
}

const ruleLines = (rules: readonly RetentionRule[]): string[] => table([
  ['law', 'years', 'from', 'types', 'basis'],
  ...rules.map(({ jurisdiction, years, from, types, basis }) => [jurisdiction, String(years), from, types?.join(',') ?? 'all', basis]),
])

/** The shape is the server's to check: it names every wrong place. */
function readRules(file: string): readonly RetentionRule[] {
  try {
    const rules = JSON.parse(readFileSync(file, 'utf8')) as unknown
    if (Array.isArray(rules)) return rules as readonly RetentionRule[]
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${file} does not hold JSON. Nothing was set.`, { cause: error })
  }
  throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${file} does not hold a list of rules. Nothing was set.`)
}
