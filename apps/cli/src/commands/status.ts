import { Command } from 'commander'
import type { CareLedgerClient } from '@careledger/client'
import { signIn } from '../connect.ts'
import { exitCodes } from '../exit-codes.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'

type Overview = Awaited<ReturnType<CareLedgerClient['platform']['overview']['query']>>
type Running = Awaited<ReturnType<CareLedgerClient['platform']['running']['query']>>

/** A sign of life from the future: some clock is off by more than a beat can be late. */
const clockMaxMs = 5_000

export function statusCommand(): Command {
  return new Command('status')
    .description('How a running instance does, for its operator: processes, log, ledgers, outbox, backups. Ends with 1 when something needs attention.')
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const [overview, running] = await Promise.all([client.platform.overview.query({}), client.platform.running.query({})])
      await client.signOut()
      const attention = attentionOf(overview, running)
      output.result({ ...overview, running, attention }, [...linesOf(overview, running), ...attention.map((sentence) => `✗ ${sentence}`), attention.length === 0 ? 'Nothing needs attention.' : `${attention.length} ${attention.length === 1 ? 'thing needs' : 'things need'} attention.`])
      if (attention.length > 0) process.exitCode = exitCodes.no
    })
}

function linesOf({ log, store, ledgers }: Overview, { version, processes, backup, rehearsal }: Running): readonly string[] {
  return [
    `Version ${version}. Log ${log.origin}: ${log.size} entries, ${log.waiting} waiting; checkpoint of ${log.checkpointSize ?? 0}${log.checkpointAt === undefined ? '' : ` at ${log.checkpointAt}`}, ${log.witnesses} of ${log.witnessThreshold} needed witnesses. Store: ${store.ok ? 'well' : 'not well'}, durability ${store.durability}.`,
    ...table([['process', 'role', 'version', 'since', 'last sign of life', 'log'], ...processes.map(({ host, pid, role, version: own, since, seen, alive, sequencer }) => [`${host}/${pid}`, role, own, since, alive ? seen : `${seen} (silent)`, sequencer ?? '-'])]),
    ...table([['ledger', 'state', 'waiting', 'sent', 'blocked', 'final', 'oldest not final'], ...ledgers.map(({ name, health, outbox, oldestNotFinal }) => [name, health.ok ? 'answers' : 'does not answer', ...(['waiting', 'sent', 'blocked', 'final'] as const).map((state) => String(outbox[state] ?? 0)), oldestNotFinal ?? '-'])]),
    backup === undefined ? 'Backup: none made with this data directory.' : `Backup: ${backup.at}, log of ${backup.logSize} entries, ${backup.bytes} bytes.`,
    rehearsal === undefined ? 'Rehearsal: none.' : `Rehearsal: ${rehearsal.at}, ${rehearsal.ok ? 'would do' : 'would NOT do'}; recovery point ${rehearsal.recoveryPoint}, ${rehearsal.seconds} s.`,
  ]
}

function attentionOf({ at, log, store, ledgers }: Overview, { processes, mixed, rehearsal }: Running): readonly string[] {
  const living = processes.filter(({ alive }) => alive)
  return [
    ...(store.ok ? [] : [`The store: ${store.problems.join(' ')}`]),
    ...(living.some(({ sequencer }) => sequencer === 'leading') ? [] : ['No living process gives places in the log. See the runbook "lost sequencer".']),
    ...processes.filter(({ alive }) => !alive).map(({ host, pid, role, seen }) => `The ${role} process ${host}/${pid} has been silent since ${seen}.`),
    ...(processes.some(({ seen }) => Date.parse(seen) - Date.parse(at) > clockMaxMs) ? ['A process is ahead of the one that answered: their clocks differ. See the runbook "clock off".'] : []),
    ...(mixed ? ['Living processes are of more than one version.'] : []),
    ...(log.witnesses < log.witnessThreshold ? ['The newest checkpoint has too few cosignatures.'] : []),
    ...ledgers.flatMap(({ name, health, outbox }) => [
      ...(health.ok ? [] : [`The ledger ${name}: ${health.problems.map(({ code, message }) => `${message} (${code})`).join(' ')}`]),
      ...((outbox.blocked ?? 0) > 0 ? [`The ledger ${name} refused ${outbox.blocked} rows: careledger outbox`] : []),
    ]),
    ...(rehearsal?.ok === false ? ['The newest rehearsed restore did not give everything back.'] : []),
  ]
}
