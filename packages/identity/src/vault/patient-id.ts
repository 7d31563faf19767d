/** Checks the bounds of a patient id and gives its UTF-8 bytes. Errors: `TypeError`, for it is made by us and never typed by anyone. */
export function patientIdBytes(patient: string): Buffer {
  const bytes = Buffer.from(patient, 'utf8')
  if (bytes.length < 1 || bytes.length > 128) throw new TypeError('A patient id has 1 to 128 bytes.')
  return bytes
}
