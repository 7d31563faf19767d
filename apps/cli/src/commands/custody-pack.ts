import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { openCustodyBundle, packCustody, sealCustodyBundle, transferCustody, type CareLedgerClient } from '@careledger/client'
import { parsePublicJwk } from '../parse-public-jwk.ts'
import { connect, signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { readPrivateKey } from '../private-key.ts'
import { readTrust } from '../read-trust.ts'
import { contextOf } from './command-context.ts'

/** `custody pack`: one sealed file for each patient, for a custodian that cannot be reached. */
export function packCommand(): Command {
  return new Command('pack')
    .argument('<folder>', 'where the files go; files that are there already are left, so a cut run goes on')
    .argument('[patients...]', 'handles; without them, every patient of your organisation')
    .requiredOption('--recipient <file>', "public P-256 key (JWK) of the new custodian, compared by another way")
    .description("Run by the custodian that gives away: seals each patient's whole record, with proofs and attachments, to the new custodian's key.")
    .option('--dry-run', 'only count', false)
    .action(async (folder: string, patients: readonly string[], own: { readonly recipient: string; readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const recipient = parsePublicJwk(own.recipient)
      const all = patients.length > 0 ? patients : await ownPatients(client)
      const missing = all.filter((patient) => !existsSync(fileOf(folder, patient)))
      if (own.dryRun) return output.result({ patients: all.length, missing: missing.length, dryRun: true }, [`${missing.length} of ${all.length} patients would be packed. Nothing was written.`])
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const progress = output.progress('Patients')
      const left: { readonly patient: string; readonly attachments: readonly string[] }[] = []
      for (const [done, patient] of missing.entries()) {
        const bundle = await packCustody(client, patient)
        if (bundle.left.length > 0) left.push({ patient, attachments: bundle.left })
        const file = fileOf(folder, patient)
        writeFileSync(`${file}.part`, await sealCustodyBundle(bundle, recipient), { mode: 0o600, flush: true })
        renameSync(`${file}.part`, file)
        progress.update(done + 1, missing.length)
      }
      progress.end()
      output.result({ patients: all.length, packed: missing.length, left }, [`${missing.length} packed, ${all.length - missing.length} were there.`, ...left.map(({ patient, attachments }) => `${patient}: ${attachments.length} attachments are too large for a file; carry them with careledger attachments get and add.`)])
    })
}

/** `custody unpack`: the other end. */
export function unpackCommand(): Command {
  return new Command('unpack')
    .argument('<files...>', 'sealed files, or folders of them')
    .requiredOption('--recipient <file>', 'the private P-256 key (JWK) that they are sealed to')
    .option('--trust <file>', "keys of the instance that gave them, pinned (default: trust.json in the data directory)")
    .option('--receipts <folder>', 'where the receipts go, for the former custodian')
    .description('Run by the new custodian: checks every proof against pinned keys, writes what is not here yet, and gives a receipt for each patient. Cut short, the same command goes on.')
    .option('--dry-run', 'only check and count', false)
    .action(async (files: readonly string[], own: { readonly recipient: string; readonly trust?: string; readonly receipts?: string; readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const to = await signIn(options)
      const key = await readPrivateKey({ key: own.recipient }, connect(options))
      if (key.kty !== 'EC') throw new CommandError(exitCodes.usage, 'KEY_INVALID', 'Files are sealed to a P-256 key.')
      const trust = readTrust({ trust: own.trust, data: options.data })
      const progress = output.progress('Patients')
      const results: { readonly file: string; readonly former: string; readonly total: number; readonly written: number; readonly patient?: string | undefined; readonly receipt?: string | undefined }[] = []
      const found = files.flatMap((path) => (statSync(path).isDirectory() ? readdirSync(path).filter((name) => name.endsWith('.careledger')).sort().map((name) => join(path, name)) : [path]))
      for (const file of found) {
        const bundle = await openCustodyBundle(readFileSync(file, 'utf8'), key)
        const result = await transferCustody({ from: bundle, to, patient: bundle.patient, trust, dryRun: own.dryRun })
        const receipt = own.receipts === undefined || result.patient === undefined ? undefined : await writeReceipt(to, own.receipts, bundle.patient, result.patient)
        results.push({ file, former: bundle.patient, total: result.total, written: result.written, patient: result.patient, receipt })
        progress.update(results.length, found.length)
      }
      progress.end()
      output.result({ results, ...(own.dryRun ? { dryRun: true } : {}) }, [
        ...results.map(({ file, total, written, patient }) => `${file}: ${written} of ${total} records written${patient === undefined ? '' : `, patient here: ${patient}`}`),
        own.dryRun ? 'Nothing was written.' : 'Give the receipts to the former custodian: careledger custody close --order … --receipt …',
      ])
    })
}

const fileOf = (folder: string, patient: string): string => join(folder, `${patient}.careledger`)

const receiptTriesMax = 200

/** Waits at most ten seconds for a checkpoint that holds the receipt. */
async function writeReceipt(client: CareLedgerClient, folder: string, former: string, patient: string): Promise<string> {
  mkdirSync(folder, { recursive: true })
  for (let attempt = 1; ; attempt++) {
    try {
      const { proof } = await client.hospital.custody.receipt.query({ patient })
      const file = join(folder, `${former}.receipt`)
      writeFileSync(file, proof)
      return file
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'UNAVAILABLE' || attempt === receiptTriesMax) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function ownPatients(client: CareLedgerClient): Promise<readonly string[]> {
  const found: string[] = []
  let after: string | undefined
  do {
    const page = await client.hospital.patients.list.query({ limit: 100, ...(after === undefined ? {} : { after }) })
    found.push(...page.items.filter(({ custodian }) => custodian === client.actor?.organisation).map(({ patient }) => patient))
    after = page.next
  } while (after !== undefined)
  return found
}
