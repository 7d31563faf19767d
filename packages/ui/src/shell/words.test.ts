import { describe, expect, it } from 'vitest'
import { PROBLEM_CODES } from '@careledger/api/contracts'
import { PROOF_STEPS } from '@careledger/proof'
import { LANGUAGES } from '../i18n/bilingual.ts'
import { createTranslate, type WordKey } from '../i18n/translate.ts'
import { problemCode, isPassing } from '../session/problem.ts'
import { destinations, destinationsOf, homeOf, type Role } from './navigation.ts'

describe.each(LANGUAGES)('words in %s', (language) => {
  const t = createTranslate(language)

  it.each(PROBLEM_CODES)('%s says what happened, why, and what to do', (code) => {
    const parts = t(`problem.${code}`).split('|')
    expect(parts).toHaveLength(3)
    for (const part of parts) expect(part.trim()).toMatch(/[.:다요]\.?$|\.$/)
  })

  it.each(PROOF_STEPS)('step %s has its sentence and how one can know', (step) => {
    for (const key of [`proof.${step}`, `proof.${step}How`]) expect(t(key as WordKey, { author: 'A', index: 1, count: 2 })).not.toBe(key)
  })
})

describe('navigation', () => {
  it('gives each role at most seven places, each with its own letter', () => {
    for (const role of ['patient', 'doctor', 'records-clerk', 'operator', 'admin', 'system'] as const satisfies readonly Role[]) {
      const places = destinationsOf({ roles: [role] })
      expect(places.length).toBeLessThanOrEqual(7)
      expect(new Set(places.map(({ code }) => code)).size).toBe(places.length)
    }
    expect(new Set(destinations.map(({ to }) => to)).size).toBe(destinations.length)
  })

  it('lands each role on its own page', () => {
    expect([homeOf({ roles: ['patient'] }), homeOf({ roles: ['doctor'] }), homeOf({ roles: ['operator'] }), homeOf(undefined)]).toEqual(['/me', '/patients', '/platform', '/'])
  })
})

describe('refusals', () => {
  it('are asked again only when they pass by themselves', () => {
    const problem = (code: string): Error => Object.assign(new Error(), { name: 'Problem', code })
    expect(PROBLEM_CODES.filter((code) => isPassing(problem(code)))).toEqual(['BUSY', 'UNAVAILABLE'])
    expect(problemCode(new TypeError('Failed to fetch'))).toBe('UNAVAILABLE')
    expect(problemCode(problem('SOMETHING_NEW'))).toBe('INTERNAL')
  })
})
