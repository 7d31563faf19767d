import type { Runner } from './ledger-under-test.ts'

/**
 * `it` of a runner that can run tests at once (vitest's): those that look at the whole process (close-3) alone, all others side by side.
 * Most of the suite waits for the ledger, so this is what makes it short on a real one.
 */
export function sideBySide(it: Runner['it'] & { readonly concurrent: Runner['it'] }): Runner['it'] {
  return (title, run) => (title.includes('[close-3]') ? it : it.concurrent)(title, run)
}
