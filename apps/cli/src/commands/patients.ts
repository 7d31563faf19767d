import { Command } from 'commander'
import { decidePair, type CareLedgerClient } from '@careledger/client'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'
import { limitOption } from './paging.ts'

type Pair = Awaited<ReturnType<CareLedgerClient['hospital']['mpi']['compare']['query']>>

const outcomes = { automatic: 'almost certainly one person', review: 'to review', none: 'not alike' } as const

export function patientsCommand(): Command {
  return new Command('patients')
    .description('Finding the right person: double registrations, and saying that two patients are one (docs/patient-index.md).')
    .addCommand(duplicates())
    .addCommand(decision('merge', 'Says that the second patient is the same person as the first, which stays in front. Nothing of either is changed.', 'patient-merged'))
    .addCommand(undo())
    .addCommand(decision('distinguish', 'Says that the two are different people; they are offered as one no more.', 'patient-distinguished'))
}

function duplicates(): Command {
  return new Command('duplicates')
    .argument('[patient]', "handle; without it, your organisation's queue")
    .description('Pairs of patients who may be one person, with reasons.')
    .addOption(limitOption())
    .option('--after <cursor>', 'continue behind this place')
    .action(async (patient: string | undefined, own: { readonly limit: number; readonly after?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const page = await client.hospital.mpi.duplicates.query({ limit: Math.min(own.limit, 50), ...(patient === undefined ? {} : { patient }), ...(own.after === undefined ? {} : { after: own.after }) })
      output.result(page, page.items.length === 0 ? ['No pair to review.'] : [
        ...table([['patient', 'other', 'name', 'bits', 'outcome', 'because'], ...page.items.map((pair) => [pair.left.patient, pair.right.patient, pair.left.name ?? '-', String(pair.score), outcomes[pair.outcome], reasons(pair)])]),
        ...(page.next === undefined ? [] : [`More: --after ${page.next}`]),
      ])
    })
}

function decision(name: string, description: string, type: 'patient-merged' | 'patient-distinguished'): Command {
  return new Command(name)
    .argument('<patient>', 'handle')
    .argument('<other>', 'handle')
    .description(description)
    .option('--dry-run', 'only compare the two', false)
    .action(async (patient: string, other: string, own: { readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const pair = await client.hospital.mpi.compare.query({ patient, other })
      if (own.dryRun) return output.result({ pair, written: false }, [...summary(pair), 'Nothing was written.'])
      const receipt = await decidePair(client, type, { patient: pair.left, other })
      output.result({ pair, written: true, receipt }, [...summary(pair), `Written: ${receipt.id}. Undo it: careledger patients unmerge ${patient} ${other}`])
    })
}

function undo(): Command {
  return new Command('unmerge')
    .argument('<patient>', 'handle')
    .argument('<other>', 'handle')
    .description('Takes back what was decided of these two; everything is as before.')
    .option('--dry-run', 'only say what would be taken back', false)
    .action(async (patient: string, other: string, own: { readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { decided, left, right } = await client.hospital.mpi.compare.query({ patient, other })
      if (decided === undefined) throw new CommandError(exitCodes.no, 'NOT_DECIDED', 'Nothing was decided of these two.')
      const [front, behind] = decided.into === right.patient ? [right, left] : [left, right]
      if (own.dryRun) return output.result({ decided, written: false }, [`Would take back ${decided.entry} (${decided.kind}). Nothing was written.`])
      const receipt = await decidePair(client, decided.kind === 'merged' ? 'patient-unmerged' : 'patient-distinction-ended', { patient: front, other: behind.patient }, { replaces: decided.entry })
      output.result({ decided, written: true, receipt }, [`Taken back: ${decided.entry}.`])
    })
}

const reasons = ({ reasons: list }: Pair): string => list.map(({ field, level, weight }) => `${field} ${level} (${weight > 0 ? '+' : ''}${weight})`).join(', ')
const summary = (pair: Pair): string[] => [`${outcomes[pair.outcome]}, ${pair.score} bits: ${reasons(pair) || 'nothing to compare'}`, ...(pair.decided === undefined ? [] : [`Decided before: ${pair.decided.kind}.`])]
