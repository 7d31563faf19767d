import { carryLockOf, parseHealthLink, readCardText, type HealthLink } from '@careledger/client'

/** What somebody brought, by its text alone; nothing is opened yet. */
export type Brought =
  | { readonly kind: 'link', readonly link: HealthLink, readonly text: string }
  | { readonly kind: 'card', readonly text: string }
  | { readonly kind: 'summary', readonly text: string }
  | { readonly kind: 'file', readonly text: string, readonly lock: 'passphrase' | 'key' }

/** A FHIR Bundle in clear, for example a patient summary from elsewhere. */
function summaryOf(text: string): Brought {
  const { resourceType } = JSON.parse(text) as { readonly resourceType?: unknown }
  if (resourceType !== 'Bundle') throw new TypeError('No Bundle.')
  return { kind: 'summary', text }
}

/** `undefined`: neither a link, nor a card, nor a carry file, nor a summary. */
export function readCarried(text: string): Brought | undefined {
  const trimmed = text.trim()
  const readers: readonly (() => Brought)[] = [
    () => ({ kind: 'link', link: parseHealthLink(trimmed), text: trimmed.slice(trimmed.indexOf('shlink:/')) }),
    () => ({ kind: 'file', text: trimmed, lock: carryLockOf(trimmed) }),
    () => ({ kind: 'card', text: (readCardText(trimmed), trimmed) }),
    () => summaryOf(trimmed),
  ]
  for (const read of readers) {
    try {
      return read()
    } catch {
      // The next kind, or none.
    }
  }
  return undefined
}
