/** Values of primitive types that are valid beyond doubt, by the R4 definitions of their types; a type that is not here is never plain. */
export const PLAIN_VALUES: Readonly<Record<string, (value: unknown) => boolean>> = {
  'http://hl7.org/fhirpath/System.String': isText,
  string: isText,
  markdown: isText,
  xhtml: isText,
  boolean: (value) => typeof value === 'boolean',
  decimal: (value) => typeof value === 'number' && Number.isFinite(value),
  integer: (value) => isWhole(value, -2_147_483_648),
  unsignedInt: (value) => isWhole(value, 0),
  positiveInt: (value) => isWhole(value, 1),
  id: textLike(/^[A-Za-z0-9.-]{1,64}$/),
  code: textLike(/^[!-~]+(?: [!-~]+)*$/),
  uri: textLike(/^[!-~]+$/),
  url: textLike(/^[!-~]+$/),
  canonical: textLike(/^[!-~]+$/),
  date: (value) => isDateLike(value, /^[12]\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$/),
  dateTime: (value) => isDateLike(value, /^[12]\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d))?)?)?$/),
  instant: (value) => isDateLike(value, /^[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)$/),
}

const lengthMax = 1_000_000

/** At least one printable character, and no control character but tab and line ends. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= lengthMax && /^[\r\n\t\u0020-\uffff]+$/.test(value) && /\S/.test(value)
}

function textLike(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && value.length <= lengthMax && pattern.test(value)
}

function isWhole(value: unknown, min: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= 2_147_483_647
}

/** A day that its month has. */
function isDateLike(value: unknown, pattern: RegExp): boolean {
  if (typeof value !== 'string' || !pattern.test(value)) return false
  const day = Number(value.slice(8, 10))
  return day <= 28 || day <= new Date(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5, 7)), 0)).getUTCDate()
}
