import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createTranslate, type WordKey } from './translate.ts'
import { sections } from './words/index.ts'
import { hasFinalConsonant, withParticles } from './particles.ts'
import { initials, maskName, maskResidentNumber, maskTelephone } from './names.ts'
import { ageInYears, daysUntil, formatClinicalDate, formatInstant } from './dates.ts'

const placeholders = (text: string): string[] => [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => (name === 'n' ? 'count' : name) as string))].sort()

describe('words', () => {
  it.each(Object.entries(sections))('section %s has the same keys in English and Korean', (_, { en, ko }) => {
    const base = (keys: readonly string[]): string[] => [...new Set(keys.map((key) => key.replace(/_(one|other)$/, '')))].sort()
    expect(base(Object.keys(ko))).toEqual(base(Object.keys(en)))
  })

  it.each(Object.entries(sections))('section %s inserts the same values in both languages', (_, { en, ko }) => {
    for (const [key, korean] of Object.entries(ko as Record<string, string>)) expect([key, placeholders(korean)]).toEqual([key, placeholders((en as Record<string, string>)[key] ?? '')])
  })

  it.each(Object.entries(sections))('section %s has no empty and no untranslated Korean sentence', (_, { ko }) => {
    for (const [key, korean] of Object.entries(ko as Record<string, string>)) {
      expect([key, korean.trim()]).not.toEqual([key, ''])
      if (/[a-z]{3,} [a-z]{3,} [a-z]{3,}/.test(korean)) expect.fail(`${key} looks English: ${korean}`)
    }
  })

  it('are all used by some screen', () => {
    const folder = fileURLToPath(new URL('..', import.meta.url))
    const code = globSync('**/*.{ts,tsx}', { cwd: folder }).filter((path) => !/i18n.words|[.]test[.]/.test(path)).map((path) => readFileSync(`${folder}/${path}`, 'utf8')).join('\n')
    const computed = /^(type|field|kind|code|problem)\.|^proof\.(parse|commitment|signature|leaf|inclusion|checkpoint|witnesses|credentials|revocation|anchor|superseded)|^proof\.(pass|fail|unchecked)$|^sharing\.(days\d+|from|who|what|why|howLong)$|^carry\.(hour1|day1|days30)$|^show\.step_|^state\.(waiting|sent|final|blocked)$/
    const keys = Object.entries(sections).flatMap(([section, { en }]) => Object.keys(en).map((key) => `${section}.${key.replace(/_(one|other)$/, '')}`))
    expect(keys.filter((key) => !computed.test(key) && !code.includes(`${key}'`) && !code.includes(`${key}"`))).toEqual([])
  })

  it('gives words and never the key itself', () => {
    for (const language of ['en', 'ko'] as const) {
      const t = createTranslate(language)
      for (const [section, { en }] of Object.entries(sections)) {
        for (const key of Object.keys(en)) {
          const name = `${section}.${key.replace(/_(one|other)$/, '')}` as WordKey
          expect(t(name, { count: 2 })).not.toBe(name)
        }
      }
    }
  })
})

describe('Korean particles', () => {
  it('follow the final consonant', () => {
    expect(withParticles('김민준[이/가] 기록[을/를] 열었습니다')).toBe('김민준이 기록을 열었습니다')
    expect(withParticles('이서아[이/가] 검사[을/를] 열었습니다')).toBe('이서아가 검사를 열었습니다')
    expect(withParticles('서울[으로/로], 부산[으로/로], 대구[으로/로]')).toBe('서울로, 부산으로, 대구로')
    expect(withParticles('Kim[은/는] A[과/와] 3[을/를]')).toBe('Kim은 A와 3을')
  })

  it('look past closing tags and quotation marks', () => {
    expect(withParticles('<b>김민준</b>[이/가] “9.2”[을/를] (가)[으로/로]')).toBe('<b>김민준</b>이 “9.2”를 (가)로')
  })

  it('are never shown as a pair', () => {
    expect(withParticles('[이/가]')).toBe('가')
    expect(hasFinalConsonant('각')).toBe(true)
    expect(hasFinalConsonant('가')).toBe(false)
  })
})

describe('names', () => {
  it('are masked in one way only', () => {
    expect([maskName('이서연'), maskName('김수'), maskName('LEE SEOYEON'), maskName('남궁민수')]).toEqual(['이*연', '김*', 'LEE S*****', '남**수'])
    expect(maskTelephone('010-1234-5678')).toBe('010-1234-****')
    expect(maskResidentNumber('900101-2345678')).toBe('900101-2******')
  })

  it('give two initials', () => {
    expect([initials('Dr Kim Min-jun'), initials('이서연'), initials('Madonna')]).toEqual(['KM', '서연', 'M'])
  })
})

describe('dates', () => {
  const afternoon = new Date('2026-11-22T05:05:00.000Z')
  const zone = 'Asia/Seoul'

  it('are written as the guidance writes them', () => {
    expect(formatInstant(afternoon, 'ko', 'patient', zone)).toBe('2026. 11. 22. (일) 오후 2:05')
    expect(formatInstant(afternoon, 'en', 'patient', zone)).toBe('Sun, 22 Nov 2026, 14:05')
    expect(formatInstant(afternoon, 'ko', 'clinical', zone)).toBe('2026-11-22 14:05')
    expect(formatInstant(afternoon, 'en', 'clinical', zone)).toBe('22-Nov-2026 14:05')
  })

  it('say 오전 and 오후 whatever the runtime would say', () => {
    expect(formatInstant('2026-11-22T15:00:00.000Z', 'ko', 'time', zone)).toBe('오전 12:00')
    expect(formatInstant('2026-11-22T03:30:00.000Z', 'ko', 'time', zone)).toBe('오후 12:30')
  })

  it('claim no more than was recorded', () => {
    expect(formatClinicalDate('2019', 'en')).toBe('2019')
    expect(formatClinicalDate('2019-05', 'ko')).toBe('2019년 5월')
    expect(formatClinicalDate('2019-05-03', 'en')).toBe('3 May 2019')
    expect(formatClinicalDate('2019-05-03', 'ko')).toBe('2019. 5. 3.')
    expect(formatInstant('not a date', 'en', 'patient')).toBe('')
  })

  it('count whole years and days left', () => {
    expect(ageInYears('1965-11-23', new Date(2026, 10, 22))).toBe(60)
    expect(ageInYears('1965-11-22', new Date(2026, 10, 22))).toBe(61)
    expect(ageInYears('1965', new Date())).toBeUndefined()
    expect(daysUntil('2026-12-22T05:05:00.000Z', afternoon)).toBe(30)
  })
})
