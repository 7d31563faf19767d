import { describe, expect, it } from 'vitest'
import { contrastRatio } from './contrast.ts'
import { cssVariablesResolver, theme } from './theme.ts'
import { brand, brandInk, brandShade, tokens } from './tokens.ts'

describe.each(['light', 'dark'] as const)('tokens of the %s scheme', (scheme) => {
  const own = tokens[scheme]
  const grounds = { surface: own.surface, page: own.page }

  it.each(Object.entries(grounds))('text, dimmed and link read at 4.5:1 or better on %s', (_, ground) => {
    expect(contrastRatio(own.text, ground)).toBeGreaterThan(13)
    expect(contrastRatio(own.dimmed, ground)).toBeGreaterThan(6)
    expect(contrastRatio(own.link, ground)).toBeGreaterThan(6.6)
  })

  it.each(Object.entries(grounds))('control borders stand out at 3:1 from %s', (_, ground) => {
    expect(contrastRatio(own.control, ground)).toBeGreaterThan(3)
  })

  describe.each(Object.entries(own.status))('status %s', (_, status) => {
    it('text reads at 6.7:1 or better on surface, page and tint', () => {
      for (const ground of [own.surface, own.page, status.tint]) expect(contrastRatio(status.text, ground)).toBeGreaterThan(6.7)
    })

    it('ink reads at 4.5:1 or better on solid', () => {
      expect(contrastRatio(status.ink, status.solid)).toBeGreaterThan(4.5)
    })

    it('line stands out at 3.3:1 or better from surface, page and tint', () => {
      for (const ground of [own.surface, own.page, status.tint]) expect(contrastRatio(status.line, ground)).toBeGreaterThan(3.3)
    })

    it('ordinary text and links read on the tint', () => {
      expect(contrastRatio(own.text, status.tint)).toBeGreaterThan(7)
      expect(contrastRatio(own.link, status.tint)).toBeGreaterThan(4.5)
      expect(contrastRatio(own.dimmed, status.tint)).toBeGreaterThan(4.5)
    })
  })

  it('links and text read on the brand tint, and its ink on the brand', () => {
    const tint = scheme === 'light' ? brand[0] : brand[9]
    for (const ink of [own.text, own.link]) expect(contrastRatio(ink, tint)).toBeGreaterThan(4.5)
    expect(contrastRatio(own.dimmed, tint)).toBeGreaterThan(4.5)
    expect(contrastRatio(brandInk[scheme], brand[brandShade[scheme]]!)).toBeGreaterThan(5.8)
  })

  it('chart series stand out at 3:1 or better from the surface', () => {
    for (const series of own.chart) expect(contrastRatio(series, own.surface)).toBeGreaterThan(3)
  })

  it('stock classes carry their ink at 4.5:1 or better', () => {
    for (const { cell, ink } of Object.values(own.stock)) expect(contrastRatio(ink, cell)).toBeGreaterThan(4.5)
  })
})

describe('the figures the guidance gives', () => {
  it.each([
    ['#1C232A', '#FFFFFF', 15.87], ['#55606B', '#F6F8FA', 6.03], ['#E8EDF2', '#1B2128', 13.77], ['#7F8B97', '#12161B', 5.23],
    ['#A3121A', '#FDECEC', 6.92], ['#FFFFFF', '#D93A40', 4.54], ['#35B592', '#0D3128', 5.45],
  ])('%s on %s is %d', (ink, ground, expected) => {
    expect(contrastRatio(ink, ground)).toBeCloseTo(expected, 1)
  })

  it('white stands on the light brand and black on the dark one', () => {
    expect(contrastRatio('#FFFFFF', brand[7])).toBeCloseTo(5.83, 2)
    expect(contrastRatio('#000000', brand[3])).toBeCloseTo(11.89, 2)
  })
})

describe('the variables given to Mantine', () => {
  it('replace every default that fails, in both schemes', () => {
    const { light, dark } = cssVariablesResolver(theme as never)
    for (const scheme of [light, dark]) {
      for (const name of ['text', 'dimmed', 'placeholder', 'anchor', 'error', 'body', 'default-border']) expect(scheme[`--mantine-color-${name}`]).toMatch(/^#/)
    }
    expect(Object.keys(light)).toEqual(Object.keys(dark))
  })
})
