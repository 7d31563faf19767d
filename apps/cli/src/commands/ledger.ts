import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { isProblem, openEpochKeys, readDirect, type CareLedgerClient, type DirectRecord, type Grant } from '@careledger/client'
import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import { signInWithKey } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { table } from '../output.ts'
import { readTrust } from '../read-trust.ts'
import { contextOf } from './command-context.ts'

export function ledgerCommand(): Command {
  return new Command('ledger')
    .description("What a member's own ledger node knows.")
    .addCommand(records())
    .addCommand(health())
}

/** Where the member's node keeps the ledger; the embedded one is a journal that any process may follow. */
const journalOption = ['--journal <file>', "the ledger's journal (default: the one in the data directory)"] as const

function records(): Command {
  return new Command('records')
    .description('Lists the records that consents opened to you, straight from the ledger, then fetches each from its custodian and checks it.')
    .option(...journalOption)
    .option('--trust <file>', "the instance's keys, pinned (default: trust.json in the data directory)")
    .action(async (own: { readonly journal?: string; readonly trust?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const trust = readTrust({ trust: own.trust, data: options.data })
      const { client, privateKey } = await signInWithKey(options)
      if (privateKey.kty !== 'EC') throw new CommandError(exitCodes.usage, 'KEY_INVALID', 'Epoch keys are sealed to P-256 keys; an Ed25519 key cannot open them. Enrol a P-256 key too.')
      const ledger = await follow(own.journal, options.data)
      try {
        const found: (DirectRecord & { readonly custodian: string })[] = []
        for (const grant of await grantsOf(client)) {
          const epochs = await openEpochKeys(grant, privateKey)
          for await (const record of readDirect({ ledger, stream: grant.stream, epochs, trust, fetchProof: fetchFrom(client, grant) })) found.push({ ...record, custodian: grant.custodian })
        }
        const records = found.filter(({ outcome }) => outcome !== 'not-shared')
        const others = found.length - records.length
        output.result({ records: found.map(({ proof, ...record }) => ({ ...record, entry: proof?.file?.entry.id })) }, found.length === 0
          ? ['No consent opens records on the ledger to you.']
          : [
              ...table([['ledger record', 'epoch', 'custodian', 'outcome', 'entry'], ...records.map((record) => [record.recordId, String(record.epoch), record.custodian, record.outcome, record.proof?.file?.entry.id ?? '-'])]),
              ...(others === 0 ? [] : [`${others} more on the ledger ${others === 1 ? 'is not a record' : 'are not records'} shared with you: the patient's registration and consents, or what the custodian keeps back.`]),
            ])
        // What the custodian gives must be what the ledger holds.
        if (found.some(({ outcome }) => outcome === 'invalid' || outcome === 'mismatch')) process.exitCode = exitCodes.no
      } finally {
        await ledger.close()
      }
    })
}

function health(): Command {
  return new Command('health')
    .description('Whether the ledger answers, its identity and its height.')
    .option(...journalOption)
    .action(async (own: { readonly journal?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const ledger = await follow(own.journal, options.data)
      try {
        const { kind, ledgerId, append, capabilities } = ledger.describe()
        const state = await ledger.health()
        output.result({ kind, ledgerId, append, capabilities: [...capabilities], ...state }, [
          `${kind} ${ledgerId}: ${state.ok ? 'answers' : 'has problems'}${state.height === undefined ? '' : `, height ${state.height}`}`,
          ...state.problems.map(({ code, message }) => `${code}: ${message}`),
        ])
        if (!state.ok) process.exitCode = exitCodes.no
      } finally {
        await ledger.close()
      }
    })
}

function follow(journal: string | undefined, data: string | undefined) {
  return createInMemoryLedger({ settings: { journal: { path: journal ?? join(resolve(data ?? '.careledger'), 'ledger', 'journal'), readOnly: true } } })
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
