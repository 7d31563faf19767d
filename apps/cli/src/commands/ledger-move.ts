import { writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { isProblem, type CareLedgerClient } from '@careledger/client'
import { connect, signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import type { GlobalOptions } from '../global-options.ts'
import type { Output } from '../output.ts'
import { contextOf } from './command-context.ts'
import { moveOffline } from './move-offline.ts'
import type { Move, MoveRequest, Moves } from './moves.ts'

interface MoveOptions {
  readonly network: string
  readonly to?: string
  readonly from?: string
  readonly way?: 'indexed' | 'checkpointed'
  readonly keep: boolean
  readonly dryRun: boolean
  readonly pause: boolean
  readonly cancel: boolean
  readonly out?: string
}

export function moveCommand(): Command {
  return new Command('move')
    .description('Moves a network to another ledger while it is written to, and follows the move to its end. A running instance does it itself; where none answers, the stopped instance in the data directory is opened for it. Called again, it goes on following, and resumes what was paused.')
    .requiredOption('--network <name>', 'the network to move')
    .option('--to <ledger>', 'the ledger to move to')
    .option('--from <ledger>', 'the ledger to leave, where the network is on two')
    .addOption(new Option('--way <way>', 'how the network is written there (default: as now)').choices(['indexed', 'checkpointed']))
    .option('--keep', 'add the ledger and leave none', false)
    .option('--dry-run', 'say what would be done, and do nothing', false)
    .addOption(new Option('--pause', 'pause the move under way').default(false).conflicts(['cancel', 'dryRun']))
    .addOption(new Option('--cancel', 'take the new ledger away again, as long as the network does not stand on it').default(false).conflicts(['dryRun']))
    .option('--out <file>', 'write the proof of continuity there when it is done')
    .action(async (own: MoveOptions, command: Command) => {
      const { options, output } = contextOf(command)
      if (await answers(options)) await drive(onlineMoves(await signIn(options)), own, output)
      else await moveOffline(options, (moves) => drive(moves, own, output))
    })
}

async function answers(options: GlobalOptions): Promise<boolean> {
  try {
    await connect(options).platform.trust.query({})
    return true
  } catch (error) {
    if (isProblem(error) && error.code === 'UNAVAILABLE') return false
    throw error
  }
}

function onlineMoves(client: CareLedgerClient): Moves {
  const { moves } = client.platform
  return {
    plan: (request) => moves.plan.query(request),
    start: async (request) => (await moves.start.mutate(request)).move,
    newest: async (network) => (await moves.list.query({ network, limit: 1 })).items[0],
    read: (id) => moves.read.query({ id }),
    act: async (kind, id) => (await moves[kind].mutate({ id })).move,
  }
}

async function drive(moves: Moves, own: MoveOptions, output: Output): Promise<void> {
  try {
    await driveOn(moves, own, output)
  } catch (error) {
    // The sentence that says what to ask for instead.
    const problems = (error as { details?: { problems?: readonly { message?: string }[] } }).details?.problems
    const words = problems?.flatMap(({ message }) => message ?? []).join(' ')
    if (words === undefined || words === '') throw error
    throw new CommandError(exitCodes.no, (error as { code?: string }).code ?? 'INPUT_MALFORMED', words, { cause: error })
  }
}

async function driveOn(moves: Moves, own: MoveOptions, output: Output): Promise<void> {
  const newest = await moves.newest(own.network)
  const active = newest !== undefined && !isOver(newest) ? newest : undefined
  if (own.pause || own.cancel) {
    if (active === undefined) throw new CommandError(exitCodes.no, 'NOT_ALLOWED', `Nothing of ${own.network} is moving.`)
    const move = await moves.act(own.pause ? 'pause' : 'cancel', active.id)
    output.result(move, [own.pause ? `Paused. ${own.network} stands where it stood; new entries go to both ledgers. The same command without --pause goes on.` : `Cancelled. ${own.network} stands where it stood.`])
    return
  }
  if (own.to === undefined) throw new CommandError(exitCodes.usage, 'USAGE', 'Say where to with --to.')
  const request: MoveRequest = { network: own.network, to: own.to, keep: own.keep, ...(own.way === undefined ? {} : { way: own.way }), ...(own.from === undefined ? {} : { from: own.from }) }
  if (own.dryRun) {
    const plan = await moves.plan(request)
    output.result(plan, [
      `${plan.network}: ${plan.from ?? 'no ledger'} is left for ${plan.to} (${plan.way}).`,
      `${plan.entries} entries in the log; ${plan.toCopy} would be copied, in at least ${plan.appends} transactions.`,
      ...plan.problems.map((problem) => `${plan.to} reports: ${problem}`),
      'Nothing was done.',
    ])
    return
  }
  const move = active === undefined || active.to !== own.to ? await moves.start(request) : active.paused || active.state === 'halted' ? await moves.act('resume', active.id) : active
  await follow(moves, move.id, own, output)
}

const lookEveryMs = 500

/** Follows a move until it is over or halts. */
async function follow(moves: Moves, id: string, own: MoveOptions, output: Output): Promise<void> {
  const progress = output.progress('move')
  for (;;) {
    const { move, continuity } = await moves.read(id)
    progress.update(move.state === 'copying' ? move.looked : (move.total ?? 0), move.total ?? 0)
    if (isOver(move) || move.state === 'halted' || move.paused) {
      progress.end()
      return tell(move, continuity, own, output)
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

function tell(move: Move, continuity: string | undefined, own: MoveOptions, output: Output): void {
  if (continuity !== undefined && own.out !== undefined) writeFileSync(own.out, continuity)
  const lines = {
    done: [`${move.network} stands on ${move.to}. ${move.copied} entries were handed over, ${move.checked} records read back and compared.`, continuity === undefined ? 'The ledger that was left had no checkpoint; there is nothing to continue.' : own.out === undefined ? 'Its proof of continuity: call again with --out, or download it on the screen Ledgers.' : `Wrote ${own.out}. Check it: careledger ledger continuity ${own.out}`],
    halted: [move.problem ?? 'It halted.', ...move.findings.map(({ what, item }) => `✗ ${what}: ${item}`), `${move.network} stands where it stood. The same command sends lost records again; --cancel ends the move.`],
    cancelled: ['It was cancelled.'],
    other: ['It is paused. The same command goes on.'],
  }
  const state = move.state === 'done' || move.state === 'halted' || move.state === 'cancelled' ? move.state : 'other'
  output.result({ ...move, ...(continuity === undefined ? {} : { continuity: JSON.parse(continuity) as unknown }) }, lines[state])
  if (state !== 'done') process.exitCode = exitCodes.no
}

function isOver({ state }: Move): boolean {
  return state === 'done' || state === 'cancelled'
}
