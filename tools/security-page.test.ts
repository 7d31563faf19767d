import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './run.ts'

interface Named { readonly file: string; readonly title: string; readonly row?: string | undefined }

const pageOf = (path: string): string => readFileSync(join(root, path), 'utf8')
/** Tests that a page names: `file › title`, and `file › title › case` of a table. */
const namedIn = (page: string): readonly Named[] => [...page.matchAll(/`([^`]+\.test\.tsx?) › ([^`]+)`/g)].map(([, file = '', rest = '']) => {
  const [title = '', row] = rest.split(' › ')
  return { file, title, row }
})

/** Whether a test file has a test of this title, and the case in one of its tables: as they stand between quotes, of whichever kind. */
function has({ file, title, row }: Named): boolean {
  if (!existsSync(join(root, file))) return false
  const source = readFileSync(join(root, file), 'utf8')
  const stands = (text: string): boolean => source.includes(text) || source.includes(text.replaceAll('\'', '\\\''))
  return stands(title) && (row === undefined || ['\'', '"', '`'].some((quote) => stands(`[${quote}${row}${quote}`)))
}

describe('docs/security.md', () => {
  const page = pageOf('docs/security.md')

  it('names tests that exist, for the requirements that it says are met', () => {
    expect(namedIn(page).length).toBeGreaterThan(60)
    expect(namedIn(page).filter((each) => !has(each))).toEqual([])
  })

  it('does not take any title for one that exists, nor any case', () => {
    const file = 'tools/security-page.test.ts'
    expect(has({ file, title: ['no test', 'has this title'].join(' of ours ') })).toBe(false)
    expect(has({ file: 'packages/identity/src/tokens/dpop.test.ts', title: 'is refused with %s', row: 'another method' })).toBe(true)
    expect(has({ file: 'packages/identity/src/tokens/dpop.test.ts', title: 'is refused with %s', row: 'another planet' })).toBe(false)
  })

  it('leaves no requirement without a test or a word why', () => {
    const rows = page.split('\n').filter((line) => /^\| (?:\(|\d)/.test(line))
    expect(rows.length).toBeGreaterThan(40)
    expect(rows.filter((row) => !row.includes(' › ') && !/outside|not met/i.test(row))).toEqual([])
  })

  it('has a row for every chapter and section of ASVS 5.0', () => {
    const sections: Readonly<Record<number, number>> = { 1: 5, 2: 4, 3: 7, 4: 4, 5: 4, 6: 8, 7: 6, 8: 4, 9: 2, 10: 7, 11: 7, 12: 3, 13: 4, 14: 3, 15: 4, 16: 5, 17: 3 }
    const rows = page.split('\n').flatMap((line) => /^\| (\d+\.\d+(?:\.\d+)?(?:, \d+\.\d+)*) /.exec(line)?.[1]?.split(', ') ?? [])
    const missing = Object.entries(sections).flatMap(([chapter, count]) => Array.from({ length: count }, (_, at) => `${chapter}.${at + 1}`)).filter((section) => !rows.some((row) => row === section || row.startsWith(`${section}.`)))
    expect(missing).toEqual([])
  })
})

describe('docs/attacks.md', () => {
  const page = pageOf('docs/attacks.md')
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:attack|---) /.test(line))

  it('names a test for each attack, and tests and cases that exist', () => {
    expect(rows.length).toBeGreaterThan(30)
    expect(rows.filter((row) => namedIn(row).length === 0)).toEqual([])
    expect(namedIn(page).filter((each) => !has(each))).toEqual([])
  })

  it('has every attack that issue 6 names', () => {
    const words = ['algorithm confusion', '`alg: none`', 'jwk', 'jku', 'x5u', 'crit', 'duplicate JSON keys', 'malformed signature', 'across a restart', 'second process', 'htm', 'htu', 'ath', 'stolen token', 'clock skew', 'key rotated under load']
    expect(words.filter((word) => !rows.some((row) => row.split(' | ')[0]?.includes(word)))).toEqual([])
  })
})
