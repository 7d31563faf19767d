import { describe, expect, it } from 'vitest'
import { COMPONENTS, type Component } from '../components.ts'
import { BLOOD_GROUPS, type BloodGroup } from '../groups.ts'
import { emergencyGroups, preferred, suitability, type Suitability } from './compatible.ts'

/**
 * The tables as published, whole: a row for each recipient, a column for each unit, both in the order O- O+ A- A+ B- B+ AB- AB+.
 * `=` identical, `+` compatible, `l` with low titres only, `.` never. Red cells: BSH 2012 and Lifeblood; plasma and platelets: Lifeblood's
 * component compatibility table (accessed 2026-11-26), for a recipient who cannot bear children.
 */
const published: Readonly<Record<Component, readonly string[]>> = {
  'red-cells': [
    '=.......',
    '+=......',
    '+.=.....',
    '+++=....',
    '+...=...',
    '++..+=..',
    '+.+.+.=.',
    '+++++++=',
  ],
  platelets: [
    '=+++++++',
    '+=++++++',
    'll=+ll++',
    'll+=ll++',
    'llll=+++',
    'llll+=++',
    'llllll=+',
    'llllll+=',
  ],
  plasma: [
    '==++++++',
    '==++++++',
    '..==ll++',
    '..==ll++',
    '..ll==++',
    '..ll==++',
    '..llll==',
    '..llll==',
  ],
  cryoprecipitate: [
    '==++++++',
    '==++++++',
    '++==++++',
    '++==++++',
    '++++==++',
    '++++==++',
    '++++++==',
    '++++++==',
  ],
}
const signs: Readonly<Record<Suitability, string>> = { identical: '=', compatible: '+', 'low-titre': 'l', never: '.' }

describe('compatibility', () => {
  it.each(COMPONENTS)('of %s is the published table, all 64 pairs of it', (component) => {
    const table = BLOOD_GROUPS.map((group) => BLOOD_GROUPS.map((unit) => signs[suitability(component, unit, { group, mayBearChildren: false })]).join(''))
    expect(table).toEqual(published[component])
  })

  it('refuses RhD-positive platelets to an RhD-negative patient who may bear children', () => {
    expect(suitability('platelets', 'A+', { group: 'A-', mayBearChildren: true })).toBe('never')
    expect(suitability('platelets', 'A-', { group: 'A-', mayBearChildren: true })).toBe('identical')
    expect(suitability('platelets', 'A+', { group: 'A+', mayBearChildren: true })).toBe('identical')
    expect(suitability('plasma', 'A+', { group: 'A-', mayBearChildren: true })).toBe('identical')
    // Not known is not no.
    expect(suitability('platelets', 'A+', { group: 'A-' })).toBe('never')
    expect(preferred('platelets', { group: 'A-' })).toEqual(['A-', 'AB-'])
  })

  it('names what may be given in order of preference, in opposite directions for red cells and plasma', () => {
    const order = (component: Component, group: BloodGroup) => preferred(component, { group, mayBearChildren: false }).join(' ')
    expect(order('red-cells', 'O-')).toBe('O-')
    expect(order('red-cells', 'A+')).toBe('A+ A- O+ O-')
    expect(order('red-cells', 'AB-')).toBe('AB- A- B- O-')
    expect(order('plasma', 'AB+')).toBe('AB+ AB-')
    expect(order('plasma', 'O+')).toBe('O+ O- A+ A- B+ B- AB+ AB-')
    expect(order('platelets', 'A-')).toBe('A- A+ AB- AB+')
  })

  it('never prefers a unit that needs low titres or is refused', () => {
    for (const component of COMPONENTS) for (const group of BLOOD_GROUPS) for (const mayBearChildren of [true, false]) {
      const given = preferred(component, { group, mayBearChildren })
      expect(given[0], `${component} for ${group}`).toBe(group)
      expect(new Set(given)).toEqual(new Set(BLOOD_GROUPS.filter((unit) => ['identical', 'compatible'].includes(suitability(component, unit, { group, mayBearChildren })))))
    }
  })

  it('gives in an emergency what no recipient of that kind is harmed by', () => {
    expect(emergencyGroups('red-cells', {})).toEqual(['O-'])
    expect(emergencyGroups('red-cells', { mayBearChildren: false, adult: true })).toEqual(['O+', 'O-'])
    expect(emergencyGroups('red-cells', { mayBearChildren: false })).toEqual(['O-'])
    for (const unit of emergencyGroups('plasma', {})) for (const group of BLOOD_GROUPS) expect(suitability('plasma', unit, { group })).not.toBe('never')
    for (const unit of emergencyGroups('platelets', {})) for (const group of BLOOD_GROUPS) expect(suitability('platelets', unit, { group, mayBearChildren: true })).not.toBe('never')
  })
})
