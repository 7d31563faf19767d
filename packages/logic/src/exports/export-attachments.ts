import { utf8 } from '@careledger/proof'
import { allows, groundsOf, type Permit } from '../decisions/authorize.ts'
import { attachmentScope, attachmentType } from '../hospital/attachments/reach-attachment.ts'
import { attachmentUnder } from '../hospital/attachments/read-attachment.ts'
import { patientIdUnder } from '../hospital/rest/patient-links.ts'
import type { Parts } from '../parts.ts'

/** Larger attachments are not in the files: the export says where they are. */
export const EXPORTED_ATTACHMENT_MAX = 16 * 1_048_576

export interface ExportLine {
  readonly type: string
  readonly consent?: string | undefined
  readonly bytes: Uint8Array
}

/**
 * The attachments of a patient within a permit, each as a Binary on one line; those that records lead to under a consent for a part, all where all of the record is open. One
 * that is too large for a line is named by an OperationOutcome, with the address it is read at.
 *
 * @param records those that are exported, which may lead to attachments
 */
export async function attachmentLines(parts: Parts, permit: Permit, { records, since, base }: { readonly records: readonly { readonly id: string; readonly bytes: Uint8Array }[]; readonly since?: string | undefined; readonly base: string }): Promise<readonly ExportLine[]> {
  const grounds = groundsOf(permit)
  const wanted = new Map<string, string | undefined>()
  if (allows(grounds, attachmentScope) !== undefined) for (const id of await allOf(permit)) wanted.set(id, undefined)
  else for (const { id, bytes } of records) for (const attachment of attachmentsIn(bytes)) wanted.set(attachment, wanted.get(attachment) ?? id)
  const patient = wanted.size === 0 ? '' : ((await patientIdUnder(permit)) ?? grounds.patient)
  const lines: ExportLine[] = []
  const given = new Set<string>()
  for (const [id, record] of wanted) {
    const found = await attachmentUnder(parts, permit, { id, record })
    if (found === undefined || given.has(id) || (since !== undefined && found.recordedAt < since)) continue
    given.add(id)
    const { mediaType, size, read, consent } = found
    const text = size > EXPORTED_ATTACHMENT_MAX ? tooLarge(base, id, size) : await binary({ id, mediaType, patient }, read({ from: 0, to: size }))
    lines.push({ type: size > EXPORTED_ATTACHMENT_MAX ? 'OperationOutcome' : attachmentType, consent: consent?.id, bytes: utf8(text) })
  }
  return lines
}

/** Attachments that a resource leads to. */
function attachmentsIn(payload: Uint8Array): readonly string[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  return !bytes.includes('"url"') ? [] : [...bytes.toString('utf8').matchAll(/"url"\s*:\s*"(?:urn:uuid:|Binary\/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/g)].map(([, id]) => id as string)
}

async function allOf(permit: Permit): Promise<readonly string[]> {
  const { view, patient } = groundsOf(permit)
  const found: string[] = []
  for (let after: string | undefined; ;) {
    const page = await view.find({ table: 'attachment', index: 'patient', equals: patient, after, limit: 1000 })
    found.push(...page.rows.map(({ key }) => key))
    if (page.next === undefined) return found
    after = page.next
  }
}

async function binary({ id, mediaType, patient }: { readonly id: string; readonly mediaType: string; readonly patient: string }, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const chunk of chunks) pieces.push(chunk)
  return JSON.stringify({ resourceType: attachmentType, id, contentType: mediaType, securityContext: { reference: `Patient/${patient}` }, data: Buffer.concat(pieces).toString('base64') })
}

const tooLarge = (base: string, id: string, size: number): string =>
  JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'too-long', details: { text: `An attachment of ${size} bytes is not in the files. Read it by GET ${base}/Binary/${id}.` } }] })
