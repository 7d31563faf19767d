import { fromBase64url, fromUtf8, toBase64url, utf8 } from '@careledger/proof'
import type { LinkContent } from './health-link.ts'

/** Media type of a proof inside a FHIR Binary. */
const PROOF_TYPE = 'application/careledger-proof+json'

/** Cards as a file of a link. */
export const cardContent = (jwss: readonly string[]): LinkContent => ({ contentType: 'application/smart-health-card', text: JSON.stringify({ verifiableCredential: jwss }) })

/** Proofs as a file of a link: a FHIR collection of Binary resources, so that any viewer opens it and ours can check them. */
export function proofContent(proofs: readonly string[]): LinkContent {
  const entry = proofs.map((proof) => ({ resource: { resourceType: 'Binary', contentType: PROOF_TYPE, data: toStandardBase64(proof) } }))
  return { contentType: 'application/fhir+json', text: JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }) }
}

/** What a file of a link holds, sorted out for showing. */
export type ShownContent =
  | { readonly kind: 'cards'; readonly jwss: readonly string[] }
  | { readonly kind: 'proofs'; readonly proofs: readonly string[] }
  | { readonly kind: 'bundle'; readonly text: string; readonly resources: readonly Readonly<Record<string, unknown>>[] }
  | { readonly kind: 'unknown' }

export function readLinkContent({ contentType, text }: LinkContent): ShownContent {
  const value = parse(text)
  if (contentType === 'application/smart-health-card') {
    const { verifiableCredential } = value as { readonly verifiableCredential?: unknown }
    return Array.isArray(verifiableCredential) ? { kind: 'cards', jwss: verifiableCredential.filter((one) => typeof one === 'string') } : { kind: 'unknown' }
  }
  if (value['resourceType'] !== 'Bundle') return typeof value['resourceType'] === 'string' ? { kind: 'bundle', text, resources: [value] } : { kind: 'unknown' }
  const entries = Array.isArray(value['entry']) ? (value['entry'] as readonly { readonly resource?: Readonly<Record<string, unknown>> }[]) : []
  const resources = entries.flatMap(({ resource }) => (resource === undefined ? [] : [resource]))
  const proofs = resources.filter((one) => one['resourceType'] === 'Binary' && one['contentType'] === PROOF_TYPE)
  if (proofs.length > 0) return { kind: 'proofs', proofs: proofs.map((one) => fromUtf8(fromBase64url(toUrl(String(one['data']))))) }
  return { kind: 'bundle', text, resources }
}

const toStandardBase64 = (text: string): string => {
  const url = toBase64url(utf8(text))
  return url.replaceAll('-', '+').replaceAll('_', '/').padEnd(Math.ceil(url.length / 4) * 4, '=')
}
const toUrl = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
