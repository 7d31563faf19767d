import { Problem } from '@careledger/api/contracts'
import { readJson, utf8, type JsonNode } from '@careledger/proof'
import { clinicalDateOf } from '../clinical-date.ts'
import type { CareLedgerClient } from '../client-types.ts'
import { importResources, type ImportOptions, type ImportResult } from '../import-bundle.ts'
import { byDate, identifiersOf, type BundleResource } from '../split-bundle.ts'
import { attachmentsIn, importDocuments, type DocumentToImport } from './carried-documents.ts'
import type { CheckedCarryFile } from './carry-file.ts'

/**
 * Writes what a carried file holds as ordinary records here, each with its exact bytes, after every proof was checked, and beside them one
 * Provenance that names log, entries and signers they came from. Errors: Problem SIGNATURE_INVALID where one of the proofs does not hold:
 * nothing was written; FHIR_INVALID without exactly one Patient; and those of an import.
 */
export async function importCarried(client: CareLedgerClient, checked: CheckedCarryFile, options: ImportOptions = {}): Promise<ImportedCarry> {
  if (!checked.valid) throw new Problem('SIGNATURE_INVALID', 'Not every proof in the file holds. Nothing was imported.')
  const found = checked.records.flatMap(({ payload }, index) => (payload === undefined ? [] : [toResource(payload, index)]))
  const patients = found.filter(({ resource }) => resource.type === 'Patient')
  if (patients.length !== 1) throw new Problem('FHIR_INVALID', `The file holds ${patients.length} Patients; it must hold exactly one.`)
  const provenance: BundleResource = { type: 'Provenance', bytes: utf8(provenanceText(checked, found)), index: found.length }
  const resources = [...found.map(({ resource }) => resource), provenance].sort(byDate)
  const result = await importResources(client, { resources, identifiers: patients.flatMap(({ node }) => identifiersOf(node)).slice(0, 20) }, options)
  return { ...result, documents: await importDocuments(client, result.patient, documentsOf(checked), options.signal) }
}

export interface ImportedCarry extends ImportResult {
  /** Attachments written. */
  readonly documents: number
}

function documentsOf({ records }: CheckedCarryFile): readonly DocumentToImport[] {
  const titles = new Map(records.flatMap(({ payload }) => (payload === undefined ? [] : [...attachmentsIn(payload)])))
  return records.flatMap(({ document, result }) => {
    const [entry, opening] = [result.file?.entry, result.file?.opening]
    return document === undefined || entry === undefined || opening === undefined ? [] : [{ id: entry.id, mediaType: opening.mediaType, bytes: document, title: titles.get(entry.id) }]
  })
}

interface FoundResource {
  readonly resource: BundleResource
  readonly node: JsonNode & { readonly kind: 'object' }
  readonly id: string | undefined
}

function toResource(bytes: Uint8Array, index: number): FoundResource {
  const node = readJson(bytes, { depthMax: 64 })
  const type = node.kind === 'object' ? textOf(node.members.get('resourceType')) : undefined
  if (node.kind !== 'object' || type === undefined) throw new Problem('FHIR_INVALID', 'A carried record is no FHIR resource.')
  return { resource: { type, bytes, index, date: clinicalDateOf(node) }, node, id: textOf(node.members.get('id')) }
}

const textOf = (node: JsonNode | undefined): string | undefined => (node?.kind === 'string' ? node.value : undefined)

/** FHIR R4 Provenance: what was brought, from which log, under which entries, signed by whom. The same for the same file, so that bringing it twice adds nothing. */
function provenanceText({ file, records }: CheckedCarryFile, found: readonly FoundResource[]): string {
  const targets = found.filter(({ id, resource }) => id !== undefined && resource.type !== 'Patient').map(({ id, resource }) => ({ reference: `${resource.type}/${id}` }))
  const signers = [...new Set(records.flatMap(({ result }) => (result.file === undefined ? [] : [result.file.entry.author.party])))]
  return JSON.stringify({
    resourceType: 'Provenance',
    target: targets.length > 0 ? targets : [{ display: 'Records carried by the patient' }],
    recorded: file.made,
    activity: { text: 'Carried by the patient, verified offline, and imported' },
    agent: signers.map((party) => ({ type: { text: 'author' }, who: { identifier: { system: 'urn:careledger:party', value: party } } })),
    entity: records.flatMap(({ result }) => (result.file === undefined ? [] : [{ role: 'source', what: { identifier: { system: `urn:careledger:log:${file.origin}`, value: result.file.entry.id } } }])),
  })
}
