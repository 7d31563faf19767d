import { Command, Option } from 'commander'
import { fromBase64url } from '@careledger/proof'
import { signIn } from '../connect.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'
import { limitOption } from './paging.ts'
import { amendCommand, stopCommand, withdrawCommand, writeFilesCommand } from './write-records.ts'

const purposes = ['treatment', 'payment', 'research', 'operations', 'patient-request'] as const
type Purpose = (typeof purposes)[number]
const purposeOption = () => new Option('--purpose <purpose>', 'why you read').choices(purposes).default('treatment')

export function recordsCommand(): Command {
  return new Command('records')
    .description('Patients and their records, as far as you may read them.')
    .addCommand(patients())
    .addCommand(list())
    .addCommand(read())
    .addCommand(writeFilesCommand())
    .addCommand(amendCommand())
    .addCommand(stopCommand())
    .addCommand(withdrawCommand())
}

function patients(): Command {
  return new Command('patients')
    .description('Patients whose records you may read; a patient gets themselves.')
    .addOption(limitOption())
    .option('--after <cursor>', 'continue behind this place')
    .action(async (own: { readonly limit: number; readonly after?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const page = await client.hospital.patients.list.query({ limit: own.limit, ...(own.after === undefined ? {} : { after: own.after }) })
      output.result(page, page.items.length === 0 ? ['No patient has shared with you, and your organisation has none.'] : [
        ...table([['patient', 'name', 'born', 'custodian', 'allowed by'], ...page.items.map((item) => [item.patient, item.name ?? '-', item.birthDate ?? '-', item.custodianName, item.access.rule])]),
        ...(page.next === undefined ? [] : [`More: --after ${page.next}`]),
      ])
    })
}

function list(): Command {
  return new Command('list')
    .argument('<patient>', 'handle, from `records patients`')
    .description("One page of a patient's records, newest first.")
    .option('--type <types...>', 'only these resource types')
    .addOption(purposeOption())
    .addOption(limitOption())
    .option('--after <cursor>', 'continue behind this place')
    .action(async (patient: string, own: { readonly type?: string[]; readonly purpose: Purpose; readonly limit: number; readonly after?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const page = await client.hospital.records.list.query({
        patient, purpose: own.purpose, limit: own.limit,
        ...(own.type === undefined ? {} : { types: own.type }), ...(own.after === undefined ? {} : { after: own.after }),
      })
      output.result(page, page.items.length === 0 ? ['No record.'] : [
        ...table([['record', 'date', 'type', 'what', 'author', 'state'], ...page.items.map((item) => [item.id, item.date?.slice(0, 10) ?? '-', item.type, item.title, item.author.name, item.state])]),
        ...(page.next === undefined ? [] : [`More: --after ${page.next}`]),
      ])
    })
}

function read(): Command {
  return new Command('read')
    .argument('<record>', 'id, from `records list`')
    .description('One record: the exact bytes received.')
    .addOption(purposeOption())
    .action(async (id: string, own: { readonly purpose: Purpose }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const record = await client.hospital.records.read.query({ id, purpose: own.purpose })
      output.result(record, [new TextDecoder().decode(fromBase64url(record.opening.payload))])
    })
}
