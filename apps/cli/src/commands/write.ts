import { Command, Option } from 'commander'
import { acknowledgementOf, ALLERGY_CATEGORIES, ALLERGY_CRITICALITIES, ALLERGY_TYPES, buildDraft, checkRecords, CONDITION_CATEGORIES, CONDITION_CERTAINTIES, CONDITION_COURSES, DOSE_UNITS, newRecord, NOTE_TYPES, ORDER_CATEGORIES, ORDER_PRIORITIES, PERIOD_UNITS, REACTION_SEVERITIES, ROUTES, stableIds, VITAL_SIGNS, withAcknowledgements, WRITE_KINDS } from '@careledger/client'
import type { CareLedgerClient, Coded, Drafts, RecordToSign, WriteContext, WriteKind } from '@careledger/client'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { contextOf } from './command-context.ts'
import { contextFor, dryRunOption, waitOption, writeOrCheck } from './write-records.ts'

/** One option of a kind: the field of its form, and what it takes. */
interface FieldOption {
  readonly flag: string
  readonly field: string
  readonly about: string
  readonly choices?: readonly string[]
  readonly required?: true
  /** A thing in words that may carry a code (`--code`). */
  readonly coded?: true
}

const text = (field: string, about: string, more: Partial<FieldOption> = {}): FieldOption => ({ flag: field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), field, about, ...more })
const keys = (list: readonly { readonly key: string }[]): readonly string[] => list.map(({ key }) => key)

const FIELDS: { readonly [Kind in WriteKind]: readonly FieldOption[] } = {
  note: [text('text', 'the note', { required: true }), { ...text('noteType', 'kind of note', { choices: keys(NOTE_TYPES) }), flag: 'type' }],
  condition: [text('what', 'the condition in words', { required: true, coded: true }), text('certainty', 'how certain', { choices: CONDITION_CERTAINTIES }), text('course', 'its course', { choices: CONDITION_COURSES }), text('category', 'where it belongs', { choices: CONDITION_CATEGORIES }), text('onset', 'since when: a year, a month or a day'), text('note', 'a remark')],
  allergy: [text('what', 'the substance in words', { required: true, coded: true }), text('type', 'what it is', { choices: ALLERGY_TYPES }), text('category', 'kind of substance', { choices: ALLERGY_CATEGORIES }), text('criticality', 'how dangerous', { choices: ALLERGY_CRITICALITIES }), text('reaction', 'what happened'), text('severity', 'how severe it was', { choices: REACTION_SEVERITIES }), text('note', 'a remark')],
  prescription: [text('medicine', 'ingredient and strength', { required: true, coded: true }), text('dose', 'a number', { required: true }), text('unit', 'of the dose, by UCUM', { choices: DOSE_UNITS.map(({ code }) => code) }), text('frequency', 'how many times'), text('period', 'in how many'), text('periodUnit', 'hours, days or weeks', { choices: PERIOD_UNITS }), text('route', 'the way', { choices: keys(ROUTES) }), text('days', 'for how many days'), text('note', 'a remark')],
  order: [text('what', 'what is ordered', { required: true, coded: true }), text('category', 'what kind', { choices: keys(ORDER_CATEGORIES) }), text('priority', 'how urgent', { choices: ORDER_PRIORITIES }), text('when', 'a year, a month or a day'), text('reason', 'why'), text('note', 'a remark')],
  taking: [text('medicine', 'ingredient and strength', { required: true, coded: true }), text('dosage', 'how it is taken, in words'), text('source', 'who says so'), text('note', 'a remark')],
  vitals: VITAL_SIGNS.map(({ key, display, unit }) => text(key, `${display}, ${unit}`)),
}

interface WriteOptions {
  readonly patient: string
  readonly dryRun: boolean
  readonly wait: 'stored' | 'sequenced' | 'anchored'
  readonly acknowledge?: string
  readonly code?: string
  readonly asNeeded?: boolean
}

/** `careledger write note|condition|allergy|prescription|order|vitals`: the forms of the chart, built and checked as there. */
export function writeCommand(): Command {
  const command = new Command('write').description("Writes in a patient's chart as its forms do: built here, checked by the instance, signed with your key.")
  for (const kind of Object.keys(FIELDS) as WriteKind[]) command.addCommand(kindCommand(kind))
  return command
}

function kindCommand(kind: WriteKind): Command {
  const command = new Command(kind).description(`Writes FHIR R4 ${WRITE_KINDS[kind].type}.`).requiredOption('--patient <handle>', 'from `records patients`')
  for (const { flag, about, choices, required } of FIELDS[kind]) {
    const option = new Option(`--${flag} <value>`, about)
    if (choices !== undefined) option.choices(choices)
    command.addOption(required === true ? option.makeOptionMandatory() : option)
  }
  if (FIELDS[kind].some(({ coded }) => coded === true)) command.option('--code <system|code>', 'its code, for example http://snomed.info/sct|195967001; without it the words stand uncoded')
  if (kind === 'prescription') command.option('--as-needed', 'only when needed')
  return command
    .option('--acknowledge <reason>', 'why it stands all the same: signed into the record for each warning that the checks give')
    .addOption(dryRunOption()).addOption(waitOption())
    .action(async (own: WriteOptions & Readonly<Record<string, string | undefined>>, self: Command) => {
      const { options, output } = contextOf(self)
      const client = await signIn(options)
      const records = await recordsFor(client, kind, own)
      const receipts = await writeOrCheck(client, own.patient, records, own)
      output.result(receipts === undefined ? { ok: true, records: records.length, dryRun: true, resources: records.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)) as unknown) } : { patient: own.patient, receipts }, receipts === undefined
        ? [`✓ ${records.length} ${records.length === 1 ? 'record' : 'records'} could be written. Nothing was.`]
        : receipts.map(({ id, state }) => `✓ ${kind}: ${id} ${state}`))
    })
}

/** Built, checked, and built again with the reason for each warning. Errors: CommandError SAFETY_CHECK where a warning has no reason, or something cannot be. */
async function recordsFor(client: CareLedgerClient, kind: WriteKind, own: WriteOptions & Readonly<Record<string, string | undefined>>): Promise<readonly RecordToSign[]> {
  const context = await contextFor(client, own.patient)
  const built = buildOrRefuse(kind, own, { ...context, newId: stableIds(crypto.randomUUID()) })
  if (own.acknowledge === undefined) return built.map(newRecord)
  const { issues } = await checkRecords(client, own, built.map(newRecord))
  const given = issues.flatMap((issue) => acknowledgementOf(issue, own.acknowledge ?? '') ?? [])
  return built.map((resource, index) => newRecord(withAcknowledgements(resource, given.filter((one) => one.index === index), context)))
}

function buildOrRefuse(kind: WriteKind, own: WriteOptions & Readonly<Record<string, string | undefined>>, context: WriteContext) {
  const given = Object.fromEntries(FIELDS[kind].flatMap(({ field, flag, coded }) => {
    const value = own[flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())]
    return value === undefined ? [] : [[field, coded === true ? toCoded(value, own.code) : value] as const]
  }))
  const empty = WRITE_KINDS[kind].empty
  const content = kind === 'vitals' ? { values: { ...(empty as Drafts['vitals']).values, ...given } } : { ...empty, ...given, ...(kind === 'prescription' ? { asNeeded: own.asNeeded === true } : {}) }
  try {
    return buildDraft(kind, content as Drafts[typeof kind], context)
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError(exitCodes.usage, 'USAGE', `${error.message} Nothing was written.`, { cause: error })
    throw error
  }
}

function toCoded(words: string, code: string | undefined): Coded {
  if (code === undefined) return { text: words }
  const bar = code.lastIndexOf('|')
  return { text: words, codings: [{ ...(bar > 0 ? { system: code.slice(0, bar) } : {}), code: code.slice(bar + 1), display: words }] }
}
