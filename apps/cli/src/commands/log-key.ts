import { readFileSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { contracts } from '@careledger/api/contracts'
import { toTrust } from '@careledger/client'
import { followLogKey, isProofError, jwkThumbprint, type Trust } from '@careledger/proof'
import { connect } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { settingsOf } from '../settings-of.ts'
import { contextOf } from './command-context.ts'

export function logKeyCommand(): Command {
  return new Command('log-key')
    .description("The key that signs the log's states: another one, and how those who pinned the former one follow (docs/runbooks/log-key.md).")
    .addCommand(change()).addCommand(proof()).addCommand(follow())
}

function change(): Command {
  return new Command('change')
    .description("Gives the log another key, by an entry that the platform's root signs. The log goes on; what the former key signed until now still verifies. Every process must be stopped. Cut short, the same command finishes.")
    .option('--dry-run', 'say from which key and state, and change nothing', false)
    .action(async (own: { readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const { changeLogKey } = await import('@careledger/reference')
      const done = await changeLogKey(await settingsOf(options), { dryRun: own.dryRun })
      output.result({ ...done, ...(own.dryRun ? { dryRun: true } : {}) }, own.dryRun ? [`The key ${done.former} would sign no state after ${done.size}. Nothing was changed.`] : [
        `✓ The log signs with ${done.key ?? ''} from here on; ${done.former} counts up to size ${done.size}.`,
        'Back up the keys directory, then start: careledger start. Give members the proof: careledger log-key proof --out log-key.proof',
      ])
    })
}

function proof(): Command {
  return new Command('proof')
    .description("Fetches the proof of the newest change of the log's key, for everybody who pinned the former one.")
    .option('--out <file>', 'where to write it (default: standard output)')
    .action(async (own: { readonly out?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const found = await connect(options).platform.logKeyProof.query({})
      if (found.proof === undefined) throw new CommandError(exitCodes.no, 'NO_CHANGE', 'This log has had one key only.')
      if (own.out === undefined) return void process.stdout.write(`${found.proof}\n`)
      writeFileSync(own.out, found.proof)
      output.result({ file: own.out }, [`Wrote ${own.out}. They run: careledger log-key follow ${own.out} --trust trust.json`])
    })
}

function follow(): Command {
  return new Command('follow')
    .argument('<proof>', 'from careledger log-key proof')
    .requiredOption('--trust <file>', 'the keys that you pinned before; they are written anew in their place')
    .description("Checks offline that the pinned root has given the log another key, and pins it; the former one goes on counting up to its last state. Ends with 1 where the proof does not hold, and nothing is changed.")
    .option('--dry-run', 'only check', false)
    .action(async (path: string, own: { readonly trust: string; readonly dryRun: boolean }, command: Command) => {
      const { output } = contextOf(command)
      const keys = contracts.platform.trust.output.safeParse(JSON.parse(readFileSync(own.trust, 'utf8')))
      if (!keys.success) throw new CommandError(exitCodes.usage, 'TRUST_MALFORMED', `${own.trust} does not hold an instance's keys (careledger trust writes them).`)
      const text = readFileSync(path, 'utf8').trim()
      const [now, former] = (await followed(text, toTrust(keys.data))).logs
      if (now === undefined || former?.until === undefined) throw new TypeError('Nothing was followed.')
      const entry = (JSON.parse(text) as { readonly entry: { readonly id: string } }).entry.id
      const next = { ...keys.data, logKey: now.key, formerLogKeys: [{ key: former.key, ...former.until, entry }, ...(keys.data.formerLogKeys ?? [])] }
      if (!own.dryRun) writeFileSync(own.trust, `${JSON.stringify(next, null, 2)}\n`)
      output.result({ logKey: jwkThumbprint(now.key), former: jwkThumbprint(former.key), until: former.until.size, ...(own.dryRun ? { dryRun: true } : {}) }, [`✓ The root has given the log the key ${jwkThumbprint(now.key)}; ${jwkThumbprint(former.key)} counts up to size ${former.until.size}.`, own.dryRun ? 'Nothing was changed.' : `Pinned in ${own.trust}.`])
    })
}

/** Errors: CommandError where the proof does not hold. */
export async function followed(text: string, trust: Trust): Promise<Trust> {
  try {
    return await followLogKey(text, trust)
  } catch (error) {
    if (isProofError(error)) throw new CommandError(exitCodes.no, 'PROOF_INVALID', `${error.message} Nothing was changed.`, { cause: error })
    throw error
  }
}
