import { readFileSync, statSync } from 'node:fs'
import { Command, Option } from 'commander'
import { AMENDMENT_REASONS, amendmentRecords, checkRecords, sendRecords, signRecords, STOPPED_STATUSES, stoppedResource, withdrawnResource } from '@careledger/client'
import type { AmendmentReason, CareLedgerClient, FormerVersion, RecordToSign, StoppedStatus, WriteContext } from '@careledger/client'
import { fromBase64url, isProofError, readJson } from '@careledger/proof'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { contextOf } from './command-context.ts'

interface WriteOptions {
  readonly patient: string
  readonly dryRun: boolean
  readonly wait: 'stored' | 'sequenced' | 'anchored'
}
interface AmendOptions extends Omit<WriteOptions, 'patient'> {
  readonly reason: AmendmentReason
  readonly because: string
}

/** Largest resource that one command writes; larger ones are attachments. */
const bytesMax = 8 * 1024 * 1024

export const dryRunOption = () => new Option('--dry-run', 'check with the instance, sign and write nothing').default(false)
export const waitOption = () => new Option('--wait <state>', 'until when').choices(['stored', 'sequenced', 'anchored']).default('stored')
const reasonOption = () => new Option('--reason <code>', 'why, as data').choices(AMENDMENT_REASONS.map(({ code }) => code)).makeOptionMandatory()
const becauseOption = () => new Option('--because <words>', 'why, in your words').default('')

export function writeFilesCommand(): Command {
  return new Command('write')
    .argument('<files...>', 'one FHIR R4 resource each, written with its exact bytes')
    .description("Writes records in a patient's chart, all or none, under one signature of yours.")
    .requiredOption('--patient <handle>', 'from `records patients`')
    .addOption(dryRunOption()).addOption(waitOption())
    .action(async (files: string[], own: WriteOptions, command: Command) => {
      const { options, output } = contextOf(command)
      const records = files.map((file) => ({ bytes: readResource(file) }))
      const client = await signIn(options)
      const receipts = await writeOrCheck(client, own.patient, records, own)
      output.result(receipts === undefined ? { ok: true, records: records.length, dryRun: true } : { patient: own.patient, receipts }, receipts === undefined
        ? [`✓ ${records.length} ${records.length === 1 ? 'record' : 'records'} could be written. Nothing was.`]
        : receipts.map(({ id, state }, place) => `✓ ${files[place] ?? ''}: ${id} ${state}`))
    })
}

export function amendCommand(): Command {
  return new Command('amend')
    .argument('<record>', 'id of the version to amend, from `records list`')
    .argument('<file>', 'the next version: one FHIR R4 resource of the same type, with its exact bytes')
    .description('Writes the next version of a record, and a Provenance that says why. The former version stays readable and names its successor.')
    .addOption(reasonOption()).addOption(becauseOption()).addOption(dryRunOption()).addOption(waitOption())
    .action(async (record: string, file: string, own: AmendOptions, command: Command) => {
      const next = readResource(file)
      await amend(command, record, own, () => next, 'amended')
    })
}

export function withdrawCommand(): Command {
  return new Command('withdraw')
    .argument('<record>', 'id, from `records list`')
    .description('Takes a record back: its next version says that it was entered in error. It stays readable.')
    .addOption(reasonOption()).addOption(becauseOption()).addOption(dryRunOption()).addOption(waitOption())
    .action((record: string, own: AmendOptions, command: Command) => amend(command, record, own, withdrawnResource, 'withdrawn'))
}

export function stopCommand(): Command {
  const statuses = [...new Set(Object.values(STOPPED_STATUSES).flat())]
  return new Command('stop')
    .argument('<record>', 'id of a prescription or an order, from `records list`')
    .description('Ends a prescription or an order: its next version says so and why. It stays readable.')
    .addOption(new Option('--status <status>', 'stopped: it was being taken; cancelled: it was never begun; revoked: an order').choices(statuses).makeOptionMandatory())
    .addOption(reasonOption().default('changed').makeOptionMandatory(false)).addOption(becauseOption()).addOption(dryRunOption()).addOption(waitOption())
    .action((record: string, own: AmendOptions & { readonly status: StoppedStatus }, command: Command) => amend(command, record, own, (former) => {
      try {
        return stoppedResource(former, own.status, own.because)
      } catch (error) {
        throw new CommandError(exitCodes.usage, 'USAGE', 'A prescription is stopped or cancelled, an order revoked; other records are amended or withdrawn.', { cause: error })
      }
    }, own.status))
}

async function amend(command: Command, record: string, own: AmendOptions, next: (former: FormerVersion) => Parameters<typeof amendmentRecords>[1], word: string): Promise<void> {
  const { options, output } = contextOf(command)
  if (own.reason === 'other' && own.because.trim() === '') throw new CommandError(exitCodes.usage, 'USAGE', 'Say the reason in your words with --because.')
  const client = await signIn(options)
  const { patient, opening } = await client.hospital.records.read.query({ id: record })
  const former = { entry: record, bytes: fromBase64url(opening.payload) }
  const records = amendmentRecords(former, next(former), { code: own.reason, text: own.because }, await contextFor(client, patient))
  const receipts = await writeOrCheck(client, patient, records, own)
  output.result(receipts === undefined ? { ok: true, record, dryRun: true } : { record, replacedBy: receipts[0]?.id, receipts }, [receipts === undefined
    ? `✓ ${record} could be ${word}. Nothing was.`
    : `✓ ${record} was ${word} by ${receipts[0]?.id ?? ''}.`])
}

export async function contextFor(client: CareLedgerClient, patient: string): Promise<WriteContext> {
  const { reference } = await client.hospital.writing.prepare.query({ patient })
  return { patient: reference, author: { party: client.actor?.party ?? '', name: client.actor?.displayName ?? '' }, at: client.now() }
}

/** `undefined`: checked only. Errors: CommandError with what is wrong; STALE names the entry that was first. */
export async function writeOrCheck(client: CareLedgerClient, patient: string, records: readonly RecordToSign[], { dryRun, wait }: Pick<WriteOptions, 'dryRun' | 'wait'>) {
  try {
    const { problems, issues } = await checkRecords(client, { patient }, records)
    if (problems.length > 0) throw new CommandError(exitCodes.no, issues.some(({ severity, acknowledged }) => severity === 'refused' || !acknowledged) ? 'SAFETY_CHECK' : 'FHIR_INVALID', 'Nothing was written: mend the places listed.', { cause: { details: { problems: problems.map((problem) => ({ ...problem, message: `${problem.message}${aboutOf(problem, issues)}` })) } } })
    if (dryRun) return undefined
    const { subject, custodian } = await client.hospital.writing.prepare.query({ patient })
    return await sendRecords(client, { patient }, await signRecords(client, { patient, subject, custodian }, records), { wait })
  } catch (error) {
    const { code, details } = error as { readonly code?: string; readonly details?: { readonly replacedBy?: string } }
    if (code !== 'STALE' || details?.replacedBy === undefined) throw error
    throw new CommandError(exitCodes.no, 'STALE', `Somebody was first: ${details.replacedBy} replaces this record, and nothing of yours was written. Read it with \`careledger records read ${details.replacedBy}\`, and amend that one if yours still holds.`, { cause: error })
  }
}

/** What a warning is about, which its problem does not say: problems hold no words out of a record. */
function aboutOf({ path, code }: { readonly path: string; readonly code: string }, issues: Awaited<ReturnType<typeof checkRecords>>['issues']): string {
  const issue = issues.find((one) => one.path === path && one.code === code)
  const about = issue?.about ?? (issue?.value === undefined ? undefined : `${issue.value} ${issue.unit ?? ''}`.trim())
  return about === undefined ? '' : ` On record: ${about}.`
}

function readResource(file: string): Uint8Array {
  const unreadable = (code: string, message: string, cause?: unknown): CommandError => new CommandError(exitCodes.usage, code, message, { cause })
  let bytes: Uint8Array
  try {
    if (statSync(file).size > bytesMax) throw unreadable('INPUT_TOO_LARGE', `${file} is larger than ${bytesMax / 1_048_576} MiB. Nothing was written.`)
    bytes = new Uint8Array(readFileSync(file))
  } catch (error) {
    throw error instanceof CommandError ? error : unreadable('FILE_UNREADABLE', `${file} cannot be read. Nothing was written.`, error)
  }
  try {
    readJson(bytes)
    return bytes
  } catch (error) {
    throw unreadable('INPUT_MALFORMED', `${file} is not JSON of the strict form${isProofError(error) ? ` (${error.code})` : ''}. Nothing was written.`, error)
  }
}
