const OWN = 'careledger.own'

/** The key that this browser keeps as its person's own device: what sign-in offers first. */
export function ownKey(): string | undefined {
  try {
    return localStorage.getItem(OWN) ?? undefined
  } catch {
    return undefined
  }
}

export function keepAsOwn(key: string): void {
  try {
    localStorage.setItem(OWN, key)
  } catch {
    // A browser that keeps nothing asks again at the next visit.
  }
}
