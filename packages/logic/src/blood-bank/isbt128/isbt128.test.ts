import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkCharacter, checkValue } from './check-character.ts'
import { contradictsFlags, formatDin, parseDin, readTypedDin, type DonationNumber } from './donation-number.ts'
import { readScan } from './read-scan.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const character = fc.constantFrom(...alphabet)
const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))
const din = fc.tuple(fc.constantFrom(...'ABCDEFGHIJKLMNPQRSTUVWXYZ123456789'), digits(4), digits(2), digits(6)).map((parts) => parts.join(''))

describe('the check character', () => {
  it('is that of the worked example in the JPAC Red Book, annex 2', () => {
    expect(checkValue('G123498654321')).toBe(17)
    expect(checkCharacter('G123498654321')).toBe('H')
  })

  it('finds any one wrong character, and any two neighbours exchanged', () => {
    fc.assert(fc.property(din, fc.nat(12), character, (text, at, other) => {
      const wrong = text.slice(0, at) + other + text.slice(at + 1)
      if (wrong !== text) expect(checkValue(wrong)).not.toBe(checkValue(text))
      const swapped = at === 12 ? text : text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2)
      if (swapped !== text) expect(checkValue(swapped)).not.toBe(checkValue(text))
    }))
  })

  it('is not made of anything but digits and capital letters', () => {
    for (const text of ['g123', 'A 1', 'A*', 'Ä']) expect(() => checkCharacter(text)).toThrow(RangeError)
  })
})

describe('a donation number', () => {
  it('is read back as it is printed', () => {
    fc.assert(fc.property(din, (text) => {
      const number = parseDin(text) as DonationNumber
      expect(readTypedDin(formatDin(number))).toEqual(number)
      expect(readTypedDin(formatDin(number).toLowerCase().replaceAll(' ', '-'))).toEqual(number)
    }))
  })

  it('is refused when typed with a wrong check character, without one, or in another form', () => {
    expect(readTypedDin('G1234 98 654321 H')).toMatchObject({ din: 'G123498654321', facility: 'G1234', year: '98' })
    expect(readTypedDin('G1234 98 654321 K')).toEqual({ problem: 'check-character' })
    expect(readTypedDin('G1234 98 654231 H')).toEqual({ problem: 'check-character' })
    for (const text of ['G1234 98 654321', 'O1234 98 654321 H', 'G1234 98 65432', '', 'G1234 98 654321 HH']) expect(readTypedDin(text)).toEqual({ problem: 'malformed' })
  })

  it('is contradicted only by flags that are a check value', () => {
    expect(contradictsFlags('G123498654321', '77')).toBe(false)
    expect(contradictsFlags('G123498654321', '78')).toBe(true)
    for (const flags of ['00', '01', '59', '97', 'A1']) expect(contradictsFlags('G123498654321', flags)).toBe(false)
  })
})

describe('a scan', () => {
  it('gives each data structure alone', () => {
    expect(readScan('=G12349865432177')).toMatchObject({ donation: { din: 'G123498654321' } })
    expect(readScan('=%5100')).toEqual({ group: 'O+' })
    expect(readScan('=<E0336V00')).toEqual({ product: 'E0336V00' })
    expect(readScan('=>026330')).toEqual({ expires: { date: '2026-11-26' } })
    expect(readScan('&>0263302359')).toEqual({ expires: { date: '2026-11-26', time: '23:59' } })
    expect(readScan('=*024366')).toEqual({ collected: { date: '2024-12-31' } })
    expect(readScan('&*0260010005\n')).toEqual({ collected: { date: '2026-01-01', time: '00:05' } })
  })

  it('gives a compound message of a whole label', () => {
    expect(readScan('=+05000=G12349865432100=%9500=<E0336V00&>0263302359')).toEqual({
      donation: parseDin('G123498654321'), group: 'O-', product: 'E0336V00', expires: { date: '2026-11-26', time: '23:59' },
    })
  })

  it('names what it does not understand and where, and gives nothing of the rest', () => {
    expect(readScan('')).toEqual({ problem: { code: 'cut-short', at: 0 } })
    expect(readScan('=%51')).toEqual({ problem: { code: 'cut-short', at: 0 } })
    expect(readScan('0101234567890128')).toEqual({ problem: { code: 'unknown-structure', at: 0 } })
    expect(readScan('=%5100=G12349865432178')).toEqual({ problem: { code: 'check-character', at: 6 } })
    expect(readScan('=%9900')).toEqual({ problem: { code: 'unknown-group', at: 0 } })
    expect(readScan('=>026366')).toEqual({ problem: { code: 'malformed', at: 0 } })
    expect(readScan('&>0263302460')).toEqual({ problem: { code: 'malformed', at: 0 } })
    expect(readScan('=<E033')).toEqual({ problem: { code: 'cut-short', at: 0 } })
    expect(readScan('=%5100=%9500')).toEqual({ problem: { code: 'twice', at: 6 } })
    expect(readScan('=%5100=%5100')).toEqual({ group: 'O+' })
  })

  it('never throws, whatever a scanner sends', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.array(fc.constantFrom('=', '&', '%', '<', '>', '*', '+', '0', '5', '1', 'G')).map((parts) => parts.join(''))), (text) => { readScan(text) }))
  })
})
