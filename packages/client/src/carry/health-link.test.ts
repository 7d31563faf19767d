import { randomBytes } from 'node:crypto'
import { fromBase64url, toBase64url } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { healthLinkText, openHealthLink, openLinkFile, parseHealthLink, PasscodeNeeded, sealLinkFile } from './health-link.ts'

/** The example of the guide (SMART Health Links, payload). */
const published = 'shlink:/eyJ1cmwiOiJodHRwczovL2Voci5leGFtcGxlLm9yZy9xci9ZOXh3a1VkdG1OOXd3b0pvTjNmZkpJaFgyVUd2Q0wxSm5sUFZOTDNrRFdNL20iLCJmbGFnIjoiTFAiLCJrZXkiOiJyeFRnWWxPYUtKUEZ0Y0VkMHFjY2VOOHdFVTRwOTRTcUF3SVdRZTZ1WDdRIiwibGFiZWwiOiJCYWNrLXRvLXNjaG9vbCBpbW11bml6YXRpb25zIGZvciBPbGl2ZXIgQnJvd24ifQ'
const key = toBase64url(new Uint8Array(randomBytes(32)))
const link = { url: 'https://care.example/shl/x', key, flag: 'P', label: 'Summary' }
const content = { contentType: 'application/fhir+json', text: '{"resourceType":"Bundle","value":1.10}' } as const

describe('a health link', () => {
  it('reads as the guide publishes it, behind a viewer too, and writes back the same', () => {
    const read = parseHealthLink(published)
    expect(read).toEqual({ url: 'https://ehr.example.org/qr/Y9xwkUdtmN9wwoJoN3ffJIhX2UGvCL1JnlPVNL3kDWM/m', flag: 'LP', key: 'rxTgYlOaKJPFtcEd0qcceN8wEU4p94SqAwIWQe6uX7Q', label: 'Back-to-school immunizations for Oliver Brown' })
    expect(parseHealthLink(`https://viewer.example/show#${published}`)).toEqual(read)
    expect(healthLinkText(read)).toBe(published)
  })

  it.each(['', 'shlink:/', 'shlink:/e30', 'https://care.example', `shlink:/${toBase64url(new TextEncoder().encode('{"url":"javascript:alert(1)","key":"x"}'))}`])('is refused when it is none: %s', (text) => {
    expect(() => parseHealthLink(text)).toThrow('no SMART Health Link')
  })

  it('opens byte for byte with its key, and not with another one or when altered', async () => {
    const { jwe } = await sealLinkFile(content, fromBase64url(key))
    expect(JSON.parse(Buffer.from(jwe.split('.')[0] as string, 'base64url').toString())).toEqual({ alg: 'dir', enc: 'A256GCM', cty: 'application/fhir+json', zip: 'DEF' })
    expect(await openLinkFile(jwe, key)).toEqual(content)
    const altered = jwe.split('.').map((part, n) => (n === 3 ? (part.startsWith('A') ? 'B' : 'A') + part.slice(1) : part)).join('.')
    await expect(openLinkFile(altered, key)).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
    await expect(openLinkFile(jwe, toBase64url(new Uint8Array(randomBytes(32))))).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
  })

  it('is refused past its end without asking anyone', async () => {
    const ask = () => Promise.reject(new Error('It was asked.'))
    await expect(openHealthLink({ ...link, exp: 1_000_000_000 }, { recipient: 'Clinic', fetch: ask })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('says how many tries of the passcode are left, and that it is over', async () => {
    const answering = (status: number, body: object) => () => Promise.resolve(Response.json(body, { status }))
    await expect(openHealthLink(link, { recipient: 'Clinic', passcode: 'x', fetch: answering(401, { remainingAttempts: 3 }) })).rejects.toMatchObject({ name: 'PasscodeNeeded', remaining: 3 } satisfies Partial<PasscodeNeeded>)
    await expect(openHealthLink(link, { recipient: 'Clinic', fetch: answering(404, {}) })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(openHealthLink(link, { recipient: 'Clinic', fetch: answering(429, {}) })).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  })
})
