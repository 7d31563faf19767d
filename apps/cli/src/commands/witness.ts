import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Command } from 'commander'
import type { Witness } from '@careledger/logic'
import { fromBase64url, fromUtf8, parseCheckpoint } from '@careledger/proof'
import { connect } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { openLedgers, type NamedLedger } from '../open-ledgers.ts'
import type { Output } from '../output.ts'
import { readTrust } from '../read-trust.ts'
import { startWitnessServer } from '../witness/witness-server.ts'
import { contextOf } from './command-context.ts'
import { followed } from './log-key.ts'

const directoryOption = ['--directory <directory>', "the witness's own directory", '.careledger-witness'] as const

export function witnessCommand(): Command {
  return new Command('witness')
    .description("A member's witness: cosigns an instance's checkpoints as long as each extends the one before, and catches a split view.")
    .addCommand(run(), { isDefault: true })
    .addCommand(init())
    .addCommand(follow())
}

function init(): Command {
  return new Command('init')
    .description("Makes a witness: its key, and the log whose key it pins. Prints what the instance's witnesses.json needs.")
    .requiredOption('--name <name>', 'name in its cosignatures, for example witness.hospital.example')
    .requiredOption('--trust <file>', "the instance's keys, compared by another way before (careledger trust)")
    .option('--address <url>', 'where the instance will reach it', 'http://127.0.0.1:4700')
    .option(...directoryOption)
    .action(async (own: { readonly name: string; readonly trust: string; readonly address: string; readonly directory: string }, command: Command) => {
      const { output } = contextOf(command)
      if (!/^[!-*,-~]{1,255}$/.test(own.name)) throw new CommandError(exitCodes.usage, 'NAME_INVALID', 'A name is printable ASCII without space and plus sign.')
      const { logs } = readTrust({ trust: own.trust })
      const { initWitness } = await import('../witness/witness-directory.ts')
      const { name, signer } = await initWitness(resolve(own.directory), { name: own.name, logs: [...logs] })
      const entry = { name, key: signer.publicJwk, url: own.address }
      output.result(entry, [JSON.stringify(entry, null, 2), '', "Put this into witnesses.json in the instance's data directory: { \"threshold\": 1, \"witnesses\": [ ... ] }. Then: careledger witness"])
    })
}

function follow(): Command {
  return new Command('follow')
    .argument('<proof>', 'from careledger log-key proof')
    .description("Pins the key that the log was given by its platform's root, after checking it; the former key is cosigned no more. The witness must be stopped, and goes on from the state it signed last.")
    .requiredOption('--trust <file>', "the instance's keys as they were before the change (the root is checked by them)")
    .option(...directoryOption)
    .option('--dry-run', 'only check', false)
    .action(async (path: string, own: { readonly trust: string; readonly directory: string; readonly dryRun: boolean }, command: Command) => {
      const { output } = contextOf(command)
      const directory = resolve(own.directory)
      const [{ lockDirectory }, { openWitness, repinWitness }] = await Promise.all([import('@careledger/reference'), import('../witness/witness-directory.ts')])
      const { name, logs } = openWitness(directory)
      const unlock = lockDirectory(directory)
      try {
        // The logs that this witness pinned; of the file only what it needs to check the root's word.
        const next = await followed(readFileSync(path, 'utf8').trim(), { ...readTrust({ trust: own.trust }), logs })
        if (!own.dryRun) await repinWitness(directory, { name, logs: next.logs.map((log) => ({ ...log })) })
        output.result({ logs: next.logs, ...(own.dryRun ? { dryRun: true } : {}) }, ['✓ The change holds by the keys that this witness pinned.', own.dryRun ? 'Nothing was changed.' : 'Pinned. Start the witness again: careledger witness'])
      } finally {
        unlock()
      }
    })
}

interface RunOptions { readonly directory: string; readonly host: string; readonly port: string; readonly watch?: string; readonly ledgers?: string; readonly journal?: string; readonly every: string }

function run(): Command {
  return new Command('run')
    .description('Answers add-checkpoint requests until it is interrupted; with --watch, --ledgers and --journal it compares what others are shown.')
    .option(...directoryOption)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on', '4700')
    .option('--watch <url>', "an instance whose public checkpoint is compared, as any client sees it")
    .option('--ledgers <file>', "a file of the ledgers that the member's own nodes have (as ledgers.json), whose checkpoints are compared")
    .option('--journal <file>', 'the journal of an embedded ledger, whose checkpoints are compared')
    .option('--every <seconds>', 'pause between two comparisons', '5')
    .action(async (own: RunOptions, command: Command) => {
      const { options, output } = contextOf(command)
      const port = Number(own.port)
      const everyMs = Number(own.every) * 1_000
      if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new CommandError(exitCodes.usage, 'PORT_INVALID', '--port is a number from 0 to 65535.')
      if (!(everyMs >= 100)) throw new CommandError(exitCodes.usage, 'EVERY_INVALID', '--every is a number of seconds, at least 0.1.')
      const directory = resolve(own.directory)
      const [{ lockDirectory }, { createWitness }, { openWitness }] = await Promise.all([import('@careledger/reference'), import('@careledger/logic'), import('../witness/witness-directory.ts')])
      const opened = openWitness(directory)
      const unlock = lockDirectory(directory)
      const ledgers = [
        ...(own.ledgers === undefined ? [] : await openLedgers({ ledgers: resolve(own.ledgers) }, options.data)),
        ...(own.journal === undefined ? [] : await openLedgers({ journal: resolve(own.journal) }, options.data)),
      ]
      let splitViews = 0
      const witness = createWitness({
        ...opened,
        async onSplitView(found) {
          splitViews += 1
          output.note(`SPLIT VIEW of ${found.origin} (${found.kind}): both notes are kept in ${await opened.keep(found)}. Show them to the other members.`)
        },
      })
      const about = async () => ({ name: opened.name, splitViews, logs: await Promise.all(opened.logs.map(async ({ origin }) => ({ origin, size: sizeOf(await opened.state.read(origin)) }))) })
      const stopping = new AbortController()
      const server = await startWitnessServer(witness, about, { host: own.host, port })
      const watching = [
        own.watch === undefined ? undefined : watchInstance(own.watch, witness, everyMs, output, stopping.signal),
        ...ledgers.map((ledger) => watchLedger(ledger, own.watch, witness, output, stopping.signal)),
      ]
      try {
        const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
        output.result({ url: server.url, ...(await about()) }, [`The witness ${opened.name} is ready at ${server.url}`])
        await ended
      } finally {
        stopping.abort()
        await Promise.all(watching)
        await server.stop()
        unlock()
      }
      if (splitViews > 0) process.exitCode = exitCodes.no
    })
}

/** Looks at the public checkpoint again and again. An instance that does not answer is said once, until it does. */
async function watchInstance(url: string, witness: Witness, everyMs: number, output: Output, signal: AbortSignal): Promise<void> {
  let silent = false
  while (!signal.aborted) {
    try {
      const { note } = await connect({ url }).platform.checkpoint.query({})
      await witness.observe(note, pathFrom(url))
      silent = false
    } catch {
      if (!silent) output.note(`${url} does not answer; trying on.`)
      silent = true
    }
    await pause(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Compares every checkpoint on the ledger as it becomes final there. */
async function watchLedger({ name, ledger }: NamedLedger, url: string | undefined, witness: Witness, output: Output, signal: AbortSignal): Promise<void> {
  try {
    for await (const { data } of ledger.watch('checkpoints', { signal })) {
      if (data !== undefined) await witness.observe(fromUtf8(data), url === undefined ? () => Promise.reject(new Error('No instance to ask.')) : pathFrom(url))
    }
  } catch (error) {
    if (!signal.aborted) output.note(`The ledger ${name} is no longer watched: ${(error as Error).message}`)
  } finally {
    await ledger.close()
  }
}

function pathFrom(url: string): (from: number, to: number) => Promise<readonly Uint8Array[]> {
  return async (from, to) => (await connect({ url }).platform.consistency.query({ from, to })).path.map(fromBase64url)
}

function sizeOf(note: string | undefined): number {
  return note === undefined ? 0 : parseCheckpoint(note).size
}
