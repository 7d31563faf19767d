import { describe, expect, it } from 'vitest'
import { parseSettings, type SettingsSchema } from './parse-settings.ts'

const schema: SettingsSchema<{ readonly pollMs: number }> = {
  safeParse: (value) => (typeof value === 'object'
    ? { success: true, data: { pollMs: 100 } }
    : { success: false, error: { issues: [{ path: ['urls', 0], message: 'is no address' }, { path: ['password'], message: 'is missing' }] } }),
}

describe('parseSettings', () => {
  it('gives what the schema makes of the settings', () => {
    expect(parseSettings('own', schema, {})).toEqual({ pollMs: 100 })
  })

  it('names every setting that is wrong, and no value', () => {
    expect(() => parseSettings('own', schema, 'secret')).toThrow(new TypeError('Settings of the own ledger: urls.0: is no address; password: is missing'))
  })
})
