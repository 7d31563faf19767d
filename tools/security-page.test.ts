import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './run.ts'

const page = readFileSync(join(root, 'docs/security.md'), 'utf8')
const named = [...page.matchAll(/`([^`]+\.test\.tsx?) › ([^`]+)`/g)].map(([, file = '', title = '']) => ({ file, title }))

/** Whether a test file has a test of this title: as it stands between quotes, of whichever kind. */
function has(file: string, title: string): boolean {
  if (!existsSync(join(root, file))) return false
  const source = readFileSync(join(root, file), 'utf8')
  return source.includes(title) || source.includes(title.replaceAll('\'', '\\\''))
}

describe('docs/security.md', () => {
  it('names tests that exist, for the requirements that it says are met', () => {
    expect(named.length).toBeGreaterThan(60)
    expect(named.filter(({ file, title }) => !has(file, title))).toEqual([])
  })

  it('does not take any title for one that exists', () => {
    expect(has('tools/security-page.test.ts', ['no test', 'has this title'].join(' of ours '))).toBe(false)
  })

  it('leaves no requirement without a test or a word why', () => {
    const rows = page.split('\n').filter((line) => /^\| (?:\(|\d)/.test(line))
    expect(rows.length).toBeGreaterThan(40)
    expect(rows.filter((row) => !row.includes(' › ') && !row.includes('outside'))).toEqual([])
  })
})
