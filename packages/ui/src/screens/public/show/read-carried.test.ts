import { describe, expect, it } from 'vitest'
import { readCarried } from './read-carried.ts'

const link = `shlink:/${btoa(JSON.stringify({ url: 'https://care.example/shl/x', key: 'A'.repeat(43) })).replaceAll('=', '')}`
const file = `${btoa(JSON.stringify({ alg: 'PBES2-HS512+A256KW', typ: 'careledger-carry+jwe' })).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_')}.a.b.c.d`

describe('what somebody brings', () => {
  it.each([
    [link, 'link'], [`https://care.example/show#${link}`, 'link'], [` ${file}\n`, 'file'], ['shc:/567629', 'card'], ['{"verifiableCredential":["a.b.c"]}', 'card'], ['{"resourceType":"Bundle"}', 'summary'],
  ])('is told apart by its text: %s', (text, kind) => {
    expect(readCarried(text)?.kind).toBe(kind)
  })

  it.each(['', 'hello', '{}', 'shlink:/x', 'https://care.example/show', '{"format":"careledger-proof/1"}', '{"resourceType":"Patient"}'])('is nothing that is opened here: %s', (text) => {
    expect(readCarried(text)).toBeUndefined()
  })
})
