import { expect, test } from 'vitest'
import { entryIdPattern, fromHex, newEntryId, slotId, uuidBytes, uuidText } from './index.ts'

test('entry ids rise strictly within a process, even when the clock stands still or goes back', () => {
  const now = Date.now() + 1_000_000
  const ids = [...Array.from({ length: 10_000 }, () => newEntryId(now)), newEntryId(now - 5000), newEntryId(new Date(now)), newEntryId(now + 60_000)]
  expect(ids).toEqual([...ids].sort())
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every((id) => entryIdPattern.test(id) && id[14] === '7')).toBe(true)
})

test('an entry id holds the time it was made at', () => {
  const now = Date.now() + 10_000_000
  expect(parseInt(newEntryId(now).replaceAll('-', '').slice(0, 12), 16)).toBe(now)
})

test('a slot id is a UUIDv8 that every writer of the step derives alike, and no other step has', () => {
  const key = new Uint8Array(32).fill(5)
  const slot = { network: 'pharmacy', kind: 'pack-owner', thing: 'pack-17', n: 4 }
  expect(slotId(key, slot)).toBe(slotId(Uint8Array.from(key), { ...slot }))
  expect(slotId(key, slot)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const others = [{ ...slot, n: 5 }, { ...slot, thing: 'pack-18' }, { ...slot, kind: 'pack' }, { ...slot, network: 'hospital' }]
  expect(new Set([slot, ...others].map((other) => slotId(key, other))).size).toBe(5)
})

test('UUID text and bytes go there and back, and other texts are refused', () => {
  const text = '01890a5d-ac96-774b-bcce-b302099a8057'
  expect(uuidText(uuidBytes(text))).toBe(text)
  for (const other of [text.toUpperCase(), text.replaceAll('-', ''), `{${text}}`, `${text}\n`]) expect(() => uuidBytes(other)).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
  expect(() => uuidText(fromHex('00'))).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
})
