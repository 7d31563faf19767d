import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { createAnchorVerifier } from '@careledger/evidence'
import { CARRY_BYTES_MAX, carryLockOf, checkCarryFile, fetchCarried, importCarried, newPassphrase, openCarryFile, PASSPHRASE_MIN, sealCarryFile, type CarriedRecord, type CareLedgerClient, type CarryKey, type CarryLock } from '@careledger/client'
import { toPublicJwk, type CanonicalValue, type P256Jwk } from '@careledger/proof'
import { connect, signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import type { GlobalOptions } from '../global-options.ts'
import { readPrivateKey } from '../private-key.ts'
import { readTrust } from '../read-trust.ts'
import { contextOf } from './command-context.ts'

const marks = { pass: '✓', fail: '✗', unchecked: '–' } as const

export function carryCommand(): Command {
  return new Command('carry').description('One encrypted file with records and their proofs: made by the patient, opened and checked anywhere.').addCommand(exportCommand()).addCommand(openCommand())
}

interface ExportOptions {
  readonly out: string
  readonly type?: string[]
  readonly from?: string
  readonly until?: string
  readonly custodian?: string
  readonly passphraseFile?: string
  readonly recipient?: string
}

function exportCommand(): Command {
  return new Command('export')
    .description('Fetches your records with their proofs and locks them in one file. Without --passphrase-file, --recipient or CARELEDGER_PASSPHRASE a passphrase is made up and printed.')
    .requiredOption('--out <file>', 'where to write it, for example records.careledger')
    .option('--type <types...>', 'only these resource types (the Patient resource always comes along)')
    .option('--from <date>', 'only records from this day on')
    .option('--until <date>', 'only records up to this day')
    .option('--custodian <party>', 'which custodian, where there are several')
    .option('--passphrase-file <file>', 'the passphrase, as the first line of a file')
    .option('--recipient <file>', 'the public P-256 key (JWK) of the one person who may open it, instead of a passphrase')
    .action(async (own: ExportOptions, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const place = await placeOf(client, own.custodian)
      const progress = output.progress('Records')
      const file = await fetchCarried(client, {
        patient: place.patient, custodian: { party: place.custodian, name: place.custodianName },
        ...(own.type === undefined ? {} : { types: own.type }), ...(own.from === undefined ? {} : { from: own.from }), ...(own.until === undefined ? {} : { to: own.until }),
      }, { onProgress: (done, total) => progress.update(done, total) }).finally(() => progress.end())
      const given = own.recipient === undefined ? passphraseOf(own.passphraseFile) : undefined
      const made = own.recipient === undefined && given === undefined ? newPassphrase(randomBytes(25)) : undefined
      const lock: CarryLock = own.recipient === undefined ? { passphrase: given ?? made ?? '' } : { recipient: publicKeyOf(own.recipient) }
      writeFileSync(own.out, await sealCarryFile(file, lock), { mode: 0o600 })
      output.result({ file: own.out, records: file.proofs.length, documents: file.documents?.length ?? 0, left: file.left ?? [], ...(made === undefined ? {} : { passphrase: made }) }, [
        `Wrote ${own.out} with ${file.proofs.length} records and their proofs.`,
        ...((file.left ?? []).length > 0 ? [`${file.left?.length} attachments did not fit and stay where they are.`] : []),
        ...(made === undefined ? [] : [`Passphrase: ${made}`, 'Write it down: nobody can give it back to you. Send it another way than the file.']),
        `Open it anywhere: careledger open ${own.out} --trust trust.json`,
      ])
    })
}

interface OpenOptions {
  readonly trust?: string
  readonly passphraseFile?: string
  readonly import: boolean
  readonly steps: boolean
}

export function openCommand(): Command {
  return new Command('open')
    .argument('<file>', 'an encrypted file of carried records (.careledger)')
    .description('Opens a carried file and checks every proof offline. Exit status 0: all hold; 1: one does not, or the file does not open.')
    .option('--trust <file>', "the keys of the platform where the records were written (default: trust.json in the data directory)")
    .option('--passphrase-file <file>', 'the passphrase, as the first line of a file (or in CARELEDGER_PASSPHRASE); a file made for your key opens with --key')
    .option('--steps', 'every step of every check', false)
    .option('--import', "then bring the records in at your hospital, if every proof holds", false)
    .action(async (path: string, own: OpenOptions, command: Command) => {
      const { options, output } = contextOf(command)
      const trust = readTrust({ trust: own.trust, data: options.data })
      const text = readCarried(path)
      const file = await openCarryFile(text, await keyOf(text, own, options))
      const checked = await checkCarryFile(file, trust, { verifyAnchor: createAnchorVerifier([]) })
      const imported = own.import ? await importCarried(await signIn(options), checked) : undefined
      output.result({
        valid: checked.valid, made: file.made, origin: file.origin, custodian: file.custodian,
        records: checked.records.map(({ result, payload, holds }) => ({ id: result.file?.entry.id, type: typeOf(payload), valid: result.valid && holds, steps: result.steps })),
        ...(imported === undefined ? {} : { imported: { patient: imported.patient, records: imported.ids.length - imported.alreadyThere, alreadyThere: imported.alreadyThere, documents: imported.documents } }),
        documents: file.documents?.length ?? 0, left: file.left ?? [],
      }, [
        `${checked.records.length} records from ${file.custodian.name}, made ${file.made}.`,
        ...checked.records.flatMap((record) => lines(record, own.steps)),
        '',
        checked.valid ? 'Every proof holds. Whether a newer version exists, or a ledger agrees, could not be asked (–).' : 'Not every proof holds: do not trust what is marked ✗.',
        ...(imported === undefined ? [] : [`Brought in: ${imported.ids.length - imported.alreadyThere} records, ${imported.alreadyThere} were there already, ${imported.documents} attachments. Patient ${imported.patient}.`]),
      ])
      process.exitCode = checked.valid ? exitCodes.ok : exitCodes.no
    })
}

function lines({ result, payload, document, holds }: CarriedRecord, steps: boolean): readonly string[] {
  const failed = result.steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name)
  const head = `${result.valid && holds ? '✓' : '✗'} ${(document === undefined ? typeOf(payload) ?? 'Record' : `Attachment, ${document.length} bytes`).padEnd(20)} ${result.file?.entry.id ?? ''}${failed.length > 0 ? `  ${failed.join(', ')}` : ''}`
  return steps ? [head, ...result.steps.map(({ name, outcome, detail }) => `    ${marks[outcome]} ${name.padEnd(12)} ${detail}`)] : [head]
}

function typeOf(payload: Uint8Array | undefined): string | undefined {
  try {
    return payload === undefined ? undefined : String((JSON.parse(new TextDecoder().decode(payload)) as { readonly resourceType?: unknown }).resourceType)
  } catch {
    return undefined
  }
}

async function placeOf(client: CareLedgerClient, custodian: string | undefined) {
  const { items } = await client.hospital.patients.list.query({ limit: 100 })
  const matching = items.filter((item) => item.access.rule === 'self' && (custodian === undefined || item.custodian === custodian))
  const [place] = matching
  if (place === undefined) throw new CommandError(exitCodes.no, 'NO_RECORD', 'No custodian here holds a record of yours.')
  if (matching.length > 1) throw new CommandError(exitCodes.usage, 'WHICH_CUSTODIAN', `More than one custodian holds records of yours. Give --custodian: ${matching.map((item) => item.custodian).join(', ')}.`)
  return place
}

async function keyOf(text: string, own: OpenOptions, options: GlobalOptions): Promise<CarryKey> {
  if (carryLockOf(text) === 'key') {
    const privateKey = await readPrivateKey(options, connect(options))
    if (privateKey.kty !== 'EC') throw new CommandError(exitCodes.usage, 'KEY_INVALID', 'The file was made for a P-256 key.')
    return { privateKey }
  }
  const passphrase = passphraseOf(own.passphraseFile)
  if (passphrase === undefined) throw new CommandError(exitCodes.usage, 'NO_PASSPHRASE', 'Give the passphrase: --passphrase-file <file>, or CARELEDGER_PASSPHRASE. It never stands on the command line, where others could see it.')
  return { passphrase }
}

function passphraseOf(path: string | undefined): string | undefined {
  const text = path === undefined ? process.env['CARELEDGER_PASSPHRASE'] : readText(path).split('\n', 1)[0]
  if (text === undefined) return undefined
  if (text.trim().length < PASSPHRASE_MIN) throw new CommandError(exitCodes.usage, 'PASSPHRASE_SHORT', `A passphrase has at least ${PASSPHRASE_MIN} characters.`)
  return text
}

function publicKeyOf(path: string): P256Jwk {
  try {
    const { kty, crv, x, y } = JSON.parse(readText(path)) as Readonly<Record<string, CanonicalValue>>
    const key = toPublicJwk({ kty, crv, x, y } as CanonicalValue)
    if (key.kty === 'EC') return key
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'KEY_INVALID', `${path} does not hold a public P-256 key as JWK.`, { cause: error })
  }
  throw new CommandError(exitCodes.usage, 'KEY_INVALID', `${path} does not hold a public P-256 key as JWK.`)
}

function readCarried(path: string): string {
  const text = readText(path)
  try {
    carryLockOf(text)
  } catch (error) {
    throw new CommandError(exitCodes.no, 'INPUT_MALFORMED', `${path} is no file of carried records.`, { cause: error })
  }
  return text
}

export function readText(path: string): string {
  try {
    if (statSync(path).size > CARRY_BYTES_MAX * 2) throw new CommandError(exitCodes.usage, 'INPUT_TOO_LARGE', `${path} is larger than any file that is made here.`)
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${path} cannot be read.`, { cause: error })
  }
}
