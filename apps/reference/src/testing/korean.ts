import type { Page } from 'playwright-core'
import { demoBundle } from '../demo/patient-bundle.ts'
import { demoOrganisations, demoPeople, demoPlatform } from '../demo/people.ts'

/** Names of things that have no Korean form here: products, formats, units, keys. */
const terms = ['CareLedger', 'careledger', 'FHIR', 'R4', 'JSON', 'json', 'JWK', 'MiB', 'MB', 'GB', 'PDF', 'DICOM', 'Ctrl', 'ID', 'P-256', 'Ed25519', 'careledger-proof', 'checkpoints', 'mmHg', 'English', 'embedded', 'second', 'in-memory', 'hospital', 'identity', 'log', 'proof', 'system', 'careledger-demo-system', 'witness', 'localhost', 'ms', 'smart-health-card', 'shlink', 'shc']

const allowed = new Set([
  ...terms,
  ...[demoPlatform, ...demoOrganisations, ...demoPeople].flatMap(({ name, party }) => [...wordsOf(name), ...wordsOf(party)]),
  ...demoPeople.filter(({ record }) => record !== undefined).flatMap((person) => wordsOf(new TextDecoder().decode(demoBundle(person)))),
])

/** English words that stand on a Korean page outside of codes, of what is marked as English, and of what the records themselves say. */
export async function foreignWords(page: Page): Promise<readonly string[]> {
  const texts = (await page.evaluate(`(() => {
    const found = []
    const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) if (!walk.currentNode.parentElement.closest('code, pre, kbd, .cl-code, [lang="en"]')) found.push(walk.currentNode.data)
    return found
  })()`)) as readonly string[]
  return [...new Set(texts.flatMap(wordsOf).filter((word) => !allowed.has(word)))]
}

function wordsOf(text: string): readonly string[] {
  return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ' ').match(/[A-Za-z][A-Za-z0-9-]+/g) ?? []
}
