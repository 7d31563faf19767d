import { loadDefinitions } from '../fhir/definitions.ts'
import { readBundle, type BundleReading } from '../fhir/read-bundle.ts'
import type { FhirProblem } from '../fhir/fhir-problem.ts'

/** What a bundle would bring in, and everything that is wrong with it. */
export interface ImportCheck {
  readonly ok: boolean
  readonly counts: Readonly<Record<string, number>>
  readonly total: number
  readonly problems: readonly FhirProblem[]
  readonly more: number
  readonly patient?: { readonly name?: string | undefined; readonly birthDate?: string | undefined; readonly gender?: string | undefined } | undefined
}

/** Reads the exact bytes of a bundle and keeps nothing. Errors: the signal's reason; whatever is wrong with the bytes is a problem. */
export async function checkImport(bundle: Uint8Array, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ImportCheck> {
  const reading: BundleReading = await readBundle(await loadDefinitions(), bundle, options)
  const { ok, counts, total, problems, more, patient } = reading
  if (patient === undefined) return { ok, counts, total, problems, more }
  const { name, birthDate, gender } = patient
  return { ok, counts, total, problems, more, patient: { name, birthDate, gender } }
}
