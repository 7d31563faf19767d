import { utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { readResource, type Resource } from '../resource.ts'
import { attachmentsOf, storedAttachment, viewOf } from './attachments-of.ts'

const of = (resource: object) => attachmentsOf(readResource(utf8(JSON.stringify(resource))) as Resource)

describe('attachments of a record', () => {
  it('are found wherever R4 has them, with a size also where the bytes stand inside', () => {
    const attachment = { contentType: 'image/png', url: 'urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057', size: 12, title: 'A scan' }
    expect(of({ resourceType: 'DocumentReference', content: [{ attachment }, { attachment: { data: 'aGVsbG8h' } }] }).map(({ sizeBytes, url, data }) => [sizeBytes, url, data])).toEqual([[12, attachment.url, undefined], [6, undefined, 'aGVsbG8h']])
    for (const resource of [{ resourceType: 'Media', content: attachment }, { resourceType: 'DiagnosticReport', presentedForm: [attachment] }, { resourceType: 'Patient', photo: [attachment] }]) expect(of(resource)).toMatchObject([{ title: 'A scan' }])
    expect(of({ resourceType: 'Binary', contentType: 'text/plain', data: 'aGk=' })).toMatchObject([{ contentType: 'text/plain', data: 'aGk=' }])
    expect(of({ resourceType: 'Observation' })).toEqual([])
  })

  it('are kept here when their address is the entry, and nowhere else', () => {
    expect(storedAttachment({ url: 'urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057' })).toBe('01890a5d-ac96-774b-bcce-b302099a8057')
    for (const url of [undefined, 'https://elsewhere.example/a.png', 'Binary/1', 'urn:uuid:../x', 'urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057/..']) expect(storedAttachment({ url })).toBeUndefined()
  })

  it('are shown only where nothing in them can run', () => {
    expect(['image/png', 'IMAGE/JPEG', 'application/pdf', 'text/plain; charset=utf-8', 'text/html', 'image/svg+xml', 'application/xml', undefined].map(viewOf)).toEqual(['image', 'image', 'pdf', 'text', undefined, undefined, undefined, undefined])
  })
})
