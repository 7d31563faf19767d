import { createInMemoryVault } from '@careledger/identity'
import { beforeAll, describe, expect, it } from 'vitest'
import type { OrganisationKeys } from '@careledger/identity'
import { familyToken, identifierToken, ownTokens, patientTokens, phoneToken } from './search-tokens.ts'

let keys: OrganisationKeys
beforeAll(async () => {
  keys = await createInMemoryVault({ custodian: 'a' }).organisation()
})

describe('search tokens', () => {
  it('are the same for what people take for the same', () => {
    expect(familyToken(keys, 'Weiß', '1980-01-01')).toBe(familyToken(keys, ' WEISS ', '1980-01-01'))
    expect(familyToken(keys, 'Ｍｕｓｔｅｒ', '1980-01-01')).toBe(familyToken(keys, 'muster', '1980-01-01'))
    expect(identifierToken(keys, { system: 's', value: 'ab  1' })).toBe(identifierToken(keys, { system: 's', value: 'AB 1' }))
    expect(phoneToken(keys, '+49 (30) 123-456')).toBe(phoneToken(keys, '+4930123456'))
  })

  it('differ by field, system, birth date and custodian', async () => {
    const other = await createInMemoryVault({ custodian: 'b' }).organisation()
    const identifier = { system: 's', value: '1' }
    const tokens = [identifierToken(keys, identifier), identifierToken(keys, { value: '1' }), identifierToken(other, identifier), phoneToken(keys, '1'), familyToken(keys, 's', '1'), familyToken(keys, 's', '2')]
    expect(new Set(tokens).size).toBe(tokens.length)
  })

  it('are never made of a single field that few values have', () => {
    const facts = { identifiers: [], families: ['Muster'], phones: ['12'], birthDate: undefined }
    expect(patientTokens(keys, facts)).toEqual([])
    expect(ownTokens(keys, [{ value: '17' }, { system: ' ', value: '18' }, { system: 's', value: '  ' }])).toEqual([])
  })
})
