import { createReadStream, readFileSync } from 'node:fs'
import { Command } from 'commander'
import { erasureIn, type ErasureStatement } from '@careledger/client'
import type { ReceiptResult, RoleResult } from '@careledger/proof'
import { createAnchorVerifier, parseLedgerTrust } from '@careledger/evidence'
import { createSha256, isDecisionProof, isReceipt, isRoleFile, KEY_STATUS_BYTES_MAX, PROOF_BYTES_MAX, verifyDecisionProof, verifyProof, verifyReceipt, verifyRoleFile } from '@careledger/proof'
import { CommandError, exitCodes } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { readTrust } from '../read-trust.ts'
import { contextOf } from './command-context.ts'

const marks = { pass: '✓', fail: '✗', unchecked: '–' } as const

export function verifyCommand(): Command {
  return new Command('verify')
    .argument('<file>', 'a proof file, of a record or of an AuditEvent, a consent receipt, or a role credential')
    .description('Checks a proof offline, step by step. Exit status 0: it holds; 1: it does not (the step is named); 2: wrong usage.')
    .option('--trust <file>', "the instance's keys, pinned (default: trust.json in the data directory)")
    .option('--document <file>', 'the document that the proof is of, where the proof holds its SHA-256 only')
    .option('--status <file>', 'of a consent receipt: what the hospital did with its issuing keys (careledger card status)')
    .option('--pins <file>', "blocks of ledgers that you have from nodes of your own (careledger pin); with them the ledgers' own evidence is checked")
    .action(async (file: string, own: { readonly trust?: string; readonly document?: string; readonly pins?: string; readonly status?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const trust = readTrust({ trust: own.trust, data: options.data })
      const bytes = readProof(file)
      const checks = { verifyAnchor: createAnchorVerifier(own.pins === undefined ? [] : readPins(own.pins)) }
      if (isReceipt(bytes)) return showReceipt(output, await verifyReceipt(bytes, trust, { ...checks, ...(own.status === undefined ? {} : { status: readFile(own.status, KEY_STATUS_BYTES_MAX) }) }))
      if (isRoleFile(bytes)) return showRole(output, await verifyRoleFile(bytes, trust, checks))
      const decision = isDecisionProof(bytes) ? await verifyDecisionProof(bytes, trust, checks) : undefined
      const result = decision ?? (await verifyProof(bytes, trust, { ...checks, ...(own.document === undefined ? {} : { documentHash: await hashOf(own.document) }) }))
      const failed = result.steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name)
      const erasure = 'file' in result ? erasureIn(result.file) : undefined
      output.result({ valid: result.valid, failed, steps: result.steps, ...(decision?.record === undefined ? {} : { record: decision.record }), ...(erasure === undefined ? {} : { erasure }) }, [
        ...erasureLines(erasure),
        ...result.steps.map(({ name, outcome, detail }) => `${marks[outcome]} ${name.padEnd(12)} ${detail}`),
        '',
        ...(result.valid && decision?.record !== undefined ? [`What was decided: ${JSON.stringify(decision.record)}`] : []),
        result.valid && decision !== undefined ? 'The proof holds: the platform recorded this decision, and it is unchanged. It cannot show that no other was made.'
          : result.valid
          ? 'The proof holds: it shows who wrote this, when in log order, and that it is unchanged. It cannot show that what they wrote is right.'
          : failed.length > 0 ? `The proof does not hold: ${failed.join(', ')}.` : 'The proof could not be checked whole: see the steps marked –.',
      ])
      process.exitCode = result.valid ? exitCodes.ok : exitCodes.no
    })
}

/** What a certificate of erasure says, in words; it claims what was done, and cannot show that no copy was kept. */
function erasureLines(erasure: ErasureStatement | undefined): readonly string[] {
  if (erasure === undefined) return []
  const { custodian, subject, at, generationBefore, generationAfter, by } = erasure
  return [
    `Certificate of erasure: ${custodian} destroyed the keys of the patient with the pseudonym ${subject} on ${at}.`,
    `The root of its vault went from generation ${generationBefore} to ${generationAfter}; a backup of the vault from before opens nothing.${by === undefined ? '' : ` Ordered by two people: ${by.join(' and ')}.`}`,
    'It says what the custodian did. It cannot show that nobody kept a copy of what they had read.', '',
  ]
}

/** A receipt's own steps, and below them those of the entry it rests on. */
function showReceipt(output: Output, result: ReceiptResult): void {
  const failed = result.steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name)
  const line = ({ name, outcome, detail }: { readonly name: string; readonly outcome: keyof typeof marks; readonly detail: string }): string => `${marks[outcome]} ${name.padEnd(12)} ${detail}`
  output.result({ valid: result.valid, failed, steps: result.steps, proof: result.proof?.steps, credential: result.credential }, [
    ...result.steps.map(line), ...(result.proof === undefined ? [] : ['', 'The entry that it rests on:', ...result.proof.steps.map(line)]), '',
    result.valid ? 'The receipt holds: these terms were signed by whom it names, the custodian acknowledged it, and neither can be denied or dated back.' : `The receipt does not hold: ${failed.join(', ')}.`,
  ])
  process.exitCode = result.valid ? exitCodes.ok : exitCodes.no
}

/** Who has which role where, until when, and as of which status list. */
function showRole(output: Output, result: RoleResult): void {
  const { valid, steps, terms, statusFrom } = result
  const failed = steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name)
  output.result({ valid, failed, steps, terms, statusFrom }, [
    ...steps.map(({ name, outcome, detail }) => `${marks[outcome]} ${name.padEnd(12)} ${detail}`), '',
    valid ? `The role credential holds: ${terms?.party ?? ''} has the role ${terms?.role ?? ''} by ${terms?.issuer ?? ''} until ${terms?.until ?? ''}, as of the status list of ${statusFrom ?? ''}. That the holder has the key is shown by a signature of theirs.` : `The role credential does not hold: ${failed.join(', ')}.`,
  ])
  process.exitCode = valid ? exitCodes.ok : exitCodes.no
}

/** SHA-256 of a file of any size. */
async function hashOf(path: string): Promise<Uint8Array> {
  const hash = createSha256()
  try {
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) hash.update(piece)
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${path} cannot be read.`, { cause: error })
  }
  return hash.digest()
}

function readPins(path: string) {
  try {
    return parseLedgerTrust(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'PINS_UNREADABLE', `${path} cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

export const readProof = (path: string): Uint8Array => readFile(path, PROOF_BYTES_MAX)

function readFile(path: string, bytesMax: number): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${path} cannot be read.`, { cause: error })
  }
  if (bytes.length > bytesMax) throw new CommandError(exitCodes.usage, 'INPUT_TOO_LARGE', `${path} has more than ${bytesMax} bytes: it is not such a file.`)
  return new Uint8Array(bytes)
}
