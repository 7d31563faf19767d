import { Command } from 'commander'
import { isProblem, openEpochKeys, readDirect, type CareLedgerClient, type DirectRecord, type Grant } from '@careledger/client'
import { connectAway, signInWithKey } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { table } from '../output.ts'
import { readTrust } from '../read-trust.ts'
import { openLedgers, type NamedLedger, type Place } from '../open-ledgers.ts'
import { contextOf } from './command-context.ts'
import { continuityCommand } from './ledger-continuity.ts'
import { moveCommand } from './ledger-move.ts'

export function ledgerCommand(): Command {
  return new Command('ledger')
    .description("What a member's own ledger node knows, and moving networks between ledgers.")
    .addCommand(records())
    .addCommand(health())
    .addCommand(moveCommand())
    .addCommand(continuityCommand())
}

/** Where a ledger is: a name in the file of ledgers, or a journal by its path. */
const ledgerOption = ['--ledger <name>', 'only this ledger of the file of ledgers (default: all of them)'] as const
const journalOption = ['--journal <file>', "a ledger's journal by its path, instead of the file of ledgers"] as const

function records(): Command {
  return new Command('records')
    .description('Lists the records that consents opened to you, straight from the ledger, then fetches each from its custodian and checks it.')
    .option(...ledgerOption)
    .option(...journalOption)
    .option('--trust <file>', "the instance's keys, pinned (default: trust.json in the data directory)")
    .option('--at <address>', 'another instance that holds the records; yours (--url) vouches for your key there, and --trust names what you pinned of it')
    .action(async (own: Place & { readonly trust?: string; readonly at?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      if (own.at !== undefined && own.trust === undefined) throw new CommandError(exitCodes.usage, 'NO_TRUST', 'With --at, say with --trust what you pinned of that instance: its own word for itself is not asked.')
      const trust = readTrust({ trust: own.trust, data: options.data })
      const { client: home, privateKey } = await signInWithKey(options)
      const client = own.at === undefined ? home : await connectAway(home, own.at)
      if (privateKey.kty !== 'EC') throw new CommandError(exitCodes.usage, 'KEY_INVALID', 'Epoch keys are sealed to P-256 keys; an Ed25519 key cannot open them. Enrol a P-256 key too.')
      await withLedgers(own, options.data, async (ledgers) => {
        const found: (DirectRecord & { readonly custodian: string; readonly ledger: string })[] = []
        const elsewhere = new Set<string>()
        for (const grant of await grantsOf(client)) {
          const held = ledgers.find(({ ledger }) => ledger.describe().ledgerId === grant.ledger)
          if (held === undefined) {
            elsewhere.add(grant.ledger)
            continue
          }
          const epochs = await openEpochKeys(grant, privateKey)
          for await (const record of readDirect({ ledger: held.ledger, stream: grant.stream, epochs, trust, fetchProof: fetchFrom(client, grant) })) found.push({ ...record, custodian: grant.custodian, ledger: held.name })
        }
        const records = found.filter(({ outcome }) => outcome !== 'not-shared')
        const others = found.length - records.length
        const rows = [['ledger', 'ledger record', 'epoch', 'custodian', 'outcome', 'entry'], ...records.map((record) => [record.ledger, record.recordId, String(record.epoch), record.custodian, record.outcome, record.proof?.file?.entry.id ?? '-'])]
        output.result({ records: found.map(({ proof, ...record }) => ({ ...record, entry: proof?.file?.entry.id })), elsewhere: [...elsewhere] }, [
          ...(found.length === 0 ? ['No consent opens records on these ledgers to you.'] : table(rows)),
          ...(others === 0 ? [] : [`${others} more on the ledger ${others === 1 ? 'is not a record' : 'are not records'} shared with you: the patient's registration and consents, or what the custodian keeps back.`]),
          ...[...elsewhere].map((id) => `Consents open records on another ledger to you: ${id}. Name it in your file of ledgers.`),
        ])
        // What the custodian gives must be what the ledger holds.
        if (found.some(({ outcome }) => outcome === 'invalid' || outcome === 'mismatch')) process.exitCode = exitCodes.no
      })
    })
}

function health(): Command {
  return new Command('health')
    .description('Whether each ledger answers, its identity and its height.')
    .option(...ledgerOption)
    .option(...journalOption)
    .action(async (own: Place, command: Command) => {
      const { options, output } = contextOf(command)
      await withLedgers(own, options.data, async (ledgers) => {
        const found = await Promise.all(ledgers.map(async ({ name, ledger }) => {
          const { kind, ledgerId, append, capabilities } = ledger.describe()
          return { name, kind, ledgerId, append, capabilities: [...capabilities], ...(await ledger.health()) }
        }))
        output.result({ ledgers: found }, found.flatMap(({ name, kind, ledgerId, ok, height, problems }) => [
          `${name}: ${kind} ${ledgerId}: ${ok ? 'answers' : 'has problems'}${height === undefined ? '' : `, height ${height}`}`,
          ...problems.map(({ code, message }) => `  ${code}: ${message}`),
        ]))
        if (found.some(({ ok }) => !ok)) process.exitCode = exitCodes.no
      })
    })
}

async function withLedgers(place: Place, data: string | undefined, body: (ledgers: readonly NamedLedger[]) => Promise<void>): Promise<void> {
  const ledgers = await openLedgers(place, data)
  try {
    await body(ledgers)
  } finally {
    await Promise.all(ledgers.map(({ ledger }) => ledger.close()))
  }
}

async function grantsOf(client: CareLedgerClient): Promise<readonly Grant[]> {
  const grants: Grant[] = []
  let after: string | undefined
  do {
    const page = await client.hospital.grants.list.query(after === undefined ? {} : { after })
    grants.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return grants
}

/** Refused by the custodian: `undefined`; anything else that goes wrong is told. */
function fetchFrom(client: CareLedgerClient, grant: Grant): (recordId: string) => Promise<string | undefined> {
  return async (recordId) => {
    try {
      return (await client.hospital.records.readByLedgerId.query({ ledger: grant.ledger, recordId })).proof
    } catch (error) {
      if (isProblem(error) && error.code === 'NOT_ALLOWED') return undefined
      throw error
    }
  }
}
