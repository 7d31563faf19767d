import { describe, expect, it } from 'vitest'
import { formatClinicalDate } from '../../i18n/dates.ts'
import { createTranslate } from '../../i18n/translate.ts'
import type { TrendLine, TrendPoint } from '../../session/shapes.ts'
import { trendCsv, trendSentence } from './trend-words.ts'

const point = (date: string, value: number | undefined, flag?: TrendPoint['flag'], more: Partial<TrendPoint> = {}): TrendPoint => ({ id: 'id', date, value, flag, original: { value: String(value ?? 'x'), unit: 'g/dL' }, author: { party: 'a', name: 'Dr A' }, ...more })
const line = (...points: TrendPoint[]): TrendLine => ({ name: 'Haemoglobin', unit: 'g/dL', points })
const say = (language: 'en' | 'ko', ...points: TrendPoint[]): string => trendSentence(line(...points), { t: createTranslate(language), clinicalDate: (date) => formatClinicalDate(date, language), number: String })

describe('a trend in words', () => {
  it('says from what to what, and since when it is out of range', () => {
    expect(say('en', point('2025-05-12', 13.2, 'N'), point('2026-01-02', 11.1, 'L'), point('2026-05-18', 9.8, 'LL'))).toBe('Haemoglobin fell from 13.2 to 9.8 g/dL between 12 May 2025 and 18 May 2026. Below its range since 2 Jan 2026.')
    expect(say('ko', point('2025-05-12', 9.8, 'L'), point('2026-05-18', 13.2, 'N'))).toContain('9.8에서 13.2 g/dL')
  })

  it('claims nothing where nothing is known', () => {
    expect(say('en', point('2026-05-18', 9.8))).toBe('Haemoglobin: one result, 9.8 g/dL on 18 May 2026.')
    expect(say('en', point('2026-05-18', undefined))).toBe('Haemoglobin has no results that can be drawn in one unit.')
  })

  it('is a table for a spreadsheet, which runs nothing', () => {
    expect(trendCsv([line(point('2026-05-18', -1, 'L', { author: { party: 'a', name: '=1+1, "x"' }, low: 12 }))]).split('\r\n')[1]).toBe('Haemoglobin,2026-05-18,-1,g/dL,-1,g/dL,12,,L,"\'=1+1, ""x""",id')
  })
})
