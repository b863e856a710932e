import { date, dateTime, duration, time } from './date-format.ts'
import { either } from './grammar-builder.ts'
import { jsonCharacter } from './json-string.ts'

const hex = '[0-9a-fA-F]'
const byte = '("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9] [0-9] | [0-9])'
const ipv4 = `${byte} "." ${byte} "." ${byte} "." ${byte}`

const group = `${hex}{1,4}`
const lastGroups = either(`${group} ":" ${group}`, ipv4)
/** Up to `count` groups before the zeros that `::` leaves out. */
const groupsBefore = (count: number) =>
  count === 0 ? '' : `(${count === 1 ? '' : `(${group} ":"){0,${count - 1}} `}${group})?`
const groupsAfter = (count: number) => (count === 0 ? '' : `(${group} ":"){${count}}`)
/** @see https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2 */
const ipv6 = either(
  `${groupsAfter(6)} ${lastGroups}`,
  ...[5, 4, 3, 2, 1, 0].map(
    (count) => `${groupsBefore(5 - count)} "::" ${groupsAfter(count)} ${lastGroups}`,
  ),
  `${groupsBefore(6)} "::" ${group}`,
  `${groupsBefore(7)} "::"`,
)

const hostLabel = '[a-zA-Z0-9] ([a-zA-Z0-9-]{0,61} [a-zA-Z0-9])?'
const hostname = `${hostLabel} ("." ${hostLabel})*`

const atom = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]"
/** Between the quotes of a quoted name: a character, or one after a backslash. */
const quoted = `([ !#-\\x5B\\x5D-~] | "\\\\\\\\" ([ !#-\\x5B\\x5D-~] | "\\\\\\"" | "\\\\\\\\"))`
const localPart = either(`${atom}+ ("." ${atom}+)*`, `"\\\\\\"" ${quoted}* "\\\\\\""`)
const addressLiteral = `"[" ${either(ipv4, `[iI] [pP] [vV] "6:" ${ipv6}`)} "]"`
/** @see https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2 */
const email = `${localPart} "@" ${either(hostname, addressLiteral)}`

const beyondAscii = '[\\U00000080-\\U0010FFFF]'
const idnLabel = `([a-zA-Z0-9] | ${beyondAscii}) ([a-zA-Z0-9-] | ${beyondAscii})*`
const idnHostname = `${idnLabel} ([.\\U00003002\\U0000FF0E\\U0000FF61] ${idnLabel})*`
const idnLocalPart = `(${atom} | "." | ${beyondAscii})+`
const idnEmail = `${idnLocalPart} "@" ${either(idnHostname, addressLiteral)}`

const uriCharacter = '([a-zA-Z0-9._~:/?#@!$&\'()*+,;=[\\x5D-] | "%" [0-9a-fA-F]{2})'
const iriCharacter = `(${uriCharacter} | ${beyondAscii})`
const scheme = '[a-zA-Z] [a-zA-Z0-9+.-]* ":"'
const uuid = `${hex}{8} "-" ${hex}{4} "-" ${hex}{4} "-" ${hex}{4} "-" ${hex}{12}`

/** The same without `/` and `~`, which a JSON pointer writes as `~1` and `~0`. */
const pointerCharacter = either(
  '[^"\\\\/~\\x00-\\x1F]',
  '"~" [01]',
  `"\\\\" (["\\\\bfnrt] | "u" ${hex}{4})`,
)
const jsonPointer = `("/" ${pointerCharacter}*)*`

/**
 * The values of `format` in JSON Schema, as a JSON string writes them between its quotes. Each
 * holds every value of its format; those of links, host names and addresses hold more, which the
 * check of the whole answer refuses.
 */
export const stringFormats: ReadonlyMap<string, string> = new Map([
  ['date', date],
  ['time', time],
  ['date-time', dateTime],
  ['duration', duration],
  ['uuid', uuid],
  ['email', email],
  ['idn-email', idnEmail],
  ['hostname', hostname],
  ['idn-hostname', idnHostname],
  ['ipv4', ipv4],
  ['ipv6', ipv6],
  ['uri', `${scheme} ${uriCharacter}*`],
  ['uri-reference', `${uriCharacter}*`],
  ['iri', `${scheme} ${iriCharacter}*`],
  ['iri-reference', `${iriCharacter}*`],
  ['uri-template', `([{}] | ${iriCharacter})*`],
  ['json-pointer', jsonPointer],
  ['relative-json-pointer', `("0" | [1-9] [0-9]*) ("#" | ${jsonPointer})`],
  ['regex', `${jsonCharacter}*`],
])
