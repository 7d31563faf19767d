import { describe, expect, it } from 'vitest'
import { smallWorld } from '../__fixtures__/people.ts'
import { actorOf, keyProblem } from './key-in-force.ts'

const now = new Date()

describe('a key in force', () => {
  const { directory, records } = smallWorld()
  const { doctor, hospital, platform } = records

  it('is one that neither it nor any key it rests on is revoked', () => {
    expect(keyProblem(doctor, [hospital, platform])).toBeUndefined()
    expect(keyProblem({ ...doctor, revokedBy: 'e' }, [hospital, platform])).toBe('KEY_REVOKED')
    expect(keyProblem(doctor, [{ ...hospital, revokedBy: 'e' }, platform])).toBe('KEY_REVOKED')
    expect(keyProblem(doctor, [hospital, { ...platform, revokedBy: 'e' }])).toBe('KEY_REVOKED')
  })

  it('is unknown when it, or a key it rests on, is missing or another', () => {
    expect(keyProblem(undefined, [])).toBe('KEY_UNKNOWN')
    expect(keyProblem(doctor, [])).toBe('KEY_UNKNOWN')
    expect(keyProblem(doctor, [hospital, undefined])).toBe('KEY_UNKNOWN')
    expect(keyProblem(doctor, [platform, hospital])).toBe('KEY_UNKNOWN')
    expect(keyProblem(doctor, [hospital, platform, platform])).toBe('KEY_UNKNOWN')
  })

  it('gives the actor with names where there are any', async () => {
    directory.putParty({ party: 'doctor-1', kind: 'person', name: 'Dr Kim', organisation: 'hospital-a', roles: ['doctor'] })
    directory.putParty({ party: 'hospital-a', kind: 'organisation', name: 'Hospital A', roles: ['admin'] })
    expect(actorOf(doctor.thumbprint, await directory.standing({ key: doctor.thumbprint }), now)).toMatchObject({ displayName: 'Dr Kim', organisationName: 'Hospital A', organisation: 'hospital-a' })
    const patient = actorOf(records.patient.thumbprint, await directory.standing({ key: records.patient.thumbprint }), now)
    expect(patient.displayName).toBe('patient-1')
    expect('organisation' in patient).toBe(false)
  })

  it('is never another key\'s standing', async () => {
    const standing = await directory.standing({ key: doctor.thumbprint })
    expect(() => actorOf(hospital.thumbprint, standing, now)).toThrow(expect.objectContaining({ code: 'KEY_UNKNOWN' }))
  })
})
