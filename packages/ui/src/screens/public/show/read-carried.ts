import { carryLockOf, parseHealthLink, readCardText, type HealthLink } from '@careledger/client'

/** What somebody brought, by its text alone; nothing is opened yet. */
export type Brought =
  | { readonly kind: 'link', readonly link: HealthLink, readonly text: string }
  | { readonly kind: 'card', readonly text: string }
  | { readonly kind: 'file', readonly text: string, readonly lock: 'passphrase' | 'key' }

/** `undefined`: neither a link, nor a card, nor a carry file. */
export function readCarried(text: string): Brought | undefined {
  const trimmed = text.trim()
  const readers: readonly (() => Brought)[] = [
    () => ({ kind: 'link', link: parseHealthLink(trimmed), text: trimmed.slice(trimmed.indexOf('shlink:/')) }),
    () => ({ kind: 'file', text: trimmed, lock: carryLockOf(trimmed) }),
    () => ({ kind: 'card', text: (readCardText(trimmed), trimmed) }),
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
