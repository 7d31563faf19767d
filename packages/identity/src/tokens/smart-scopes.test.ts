import { describe, expect, it } from 'vitest'
import { parseScopes, scopesFit, scopesReach, scopeText } from './smart-scopes.ts'

describe('SMART scopes', () => {
  it('are read as they are written, version 1 included, and written in version 2', () => {
    expect(scopeText(parseScopes('system/*.rs patient/Observation.read user/Patient.cruds system/*.rs') ?? [])).toBe('system/*.rs patient/Observation.rs user/Patient.cruds')
  })

  it.each(['openid', 'user/Observation', 'user/Observation.', 'user/Observation.sr', 'admin/*.rs', 'user/observation.rs', 'user/Observation.rs?category=laboratory'])('refuse %s', (text) => {
    expect(parseScopes(text)).toBeUndefined()
  })

  it('narrow by type, action and whose record it is', () => {
    const scopes = parseScopes('patient/Observation.rs user/Patient.r') ?? []
    const reach = (type: string, action: 'r' | 's' | 'c', self: boolean) => scopesReach(scopes, { type, action, self })
    expect([reach('Observation', 's', true), reach('Observation', 's', false), reach('Observation', 'c', true), reach('Patient', 'r', false), reach('Patient', 's', false), reach('Condition', 'r', true)]).toEqual([true, false, false, true, false, false])
    expect(scopesReach(undefined, { type: 'Claim', action: 'd', self: false })).toBe(true)
    expect(scopesReach([], { type: 'Claim', action: 'r', self: true })).toBe(false)
  })

  it('of systems and of people are not for each other', () => {
    expect([scopesFit(parseScopes('system/*.rs') ?? [], 'system'), scopesFit(parseScopes('system/*.rs') ?? [], 'person'), scopesFit(parseScopes('user/*.rs') ?? [], 'system')]).toEqual([true, false, false])
  })
})
