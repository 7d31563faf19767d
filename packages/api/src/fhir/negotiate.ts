import type { IncomingMessage } from 'node:http'
import { FhirRefusal } from './outcome.ts'

/** The one form that is spoken here. */
export const FHIR_JSON = 'application/fhir+json; charset=utf-8; fhirVersion=4.0'

const json: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json', 'application/*', '*/*', 'json', 'text/json', 'application/json+fhir'])

/** Errors: FhirRefusal 406 where the caller takes no JSON; `_format` goes before `Accept`. */
export function checkAccept(request: IncomingMessage, query: URLSearchParams): void {
  const format = query.get('_format')
  const asked = format !== null && format !== '' ? format.replaceAll(' ', '+') : (request.headers.accept ?? '*/*')
  for (const range of asked.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const version = parameters.find((part) => part.startsWith('fhirversion='))?.slice(12)
    if (json.has(type) && (version === undefined || version === '4.0' || version === '4.0.1') && !parameters.includes('q=0')) return
  }
  throw new FhirRefusal(406, 'not-supported', 'Only FHIR R4 in JSON is spoken here.')
}

/**
 * How a Binary is given (R4 Binary, "Serving Binary Resources"): as JSON where the caller asks for that, otherwise as the bytes it holds. Errors:
 * FhirRefusal 406 for XML.
 */
export function binaryForm(request: IncomingMessage, query: URLSearchParams): 'json' | 'bytes' {
  const format = query.get('_format')
  const asked = format !== null && format !== '' ? format.replaceAll(' ', '+') : (request.headers.accept ?? '')
  const types = asked.split(',').map((range) => range.split(';', 1)[0]?.trim().toLowerCase() ?? '')
  if (types.some((type) => type === 'application/fhir+json' || type === 'application/json' || type === 'json' || type === 'application/json+fhir')) return 'json'
  if (types.includes('application/fhir+xml') || types.includes('xml')) throw new FhirRefusal(406, 'not-supported', 'Only FHIR R4 in JSON is spoken here.')
  return 'bytes'
}

/** Errors: FhirRefusal 415 for a body of another form. */
export function checkBodyType(request: IncomingMessage, wanted: 'json' | 'form' | 'patch'): void {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (!(BODY_TYPES[wanted] as readonly string[]).includes(type)) throw new FhirRefusal(415, 'not-supported', `Send ${BODY_TYPES[wanted][0]}.`)
}

const BODY_TYPES = { json: ['application/fhir+json', 'application/json'], form: ['application/x-www-form-urlencoded'], patch: ['application/json-patch+json', 'application/fhir+json'] } as const satisfies Readonly<Record<string, readonly string[]>>

export interface Preferences {
  /** What a write is answered with. */
  readonly answer: 'minimal' | 'representation' | 'OperationOutcome'
  readonly strict: boolean
}

/** `Prefer: return=…` and `handling=…` (RFC 7240). */
export function preferencesOf(request: IncomingMessage): Preferences {
  const header = request.headers['prefer']
  const words = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(/[,;]/).map((word) => word.trim())
  const answer = words.includes('return=minimal') ? 'minimal' : words.includes('return=OperationOutcome') ? 'OperationOutcome' : 'representation'
  return { answer, strict: words.includes('handling=strict') }
}

/** Version ids of an `If-Match` or `If-None-Match` header; `undefined`: there is none. Errors: FhirRefusal 400. */
export function etagsOf(header: string | undefined): readonly string[] | undefined {
  if (header === undefined) return undefined
  return header.split(',').map((part) => {
    const [, version] = /^\s*(?:W\/)?"([^"]{1,64})"\s*$/.exec(part) ?? (part.trim() === '*' ? ['', '*'] : [])
    if (version === undefined) throw new FhirRefusal(400, 'invalid', 'An ETag is written W/"version".')
    return version
  })
}
