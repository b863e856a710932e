import { either } from './grammar-builder.ts'

const digit = '[0-9]'
const multipleOfFour = '("0" [48] | [2468] [048] | [13579] [26])'
const leapYear = either(`${digit} ${digit} ${multipleOfFour}`, `(${multipleOfFour} | "00") "00"`)
const dayToThe = {
  28: '("0" [1-9] | "1" [0-9] | "2" [0-8])',
  30: '("0" [1-9] | [12] [0-9] | "30")',
  31: '("0" [1-9] | [12] [0-9] | "3" [01])',
}
const monthAndDay = either(
  `("0" [13578] | "1" [02]) "-" ${dayToThe[31]}`,
  `("0" [469] | "11") "-" ${dayToThe[30]}`,
  `"02-" ${dayToThe[28]}`,
)

/**
 * Every day of the years 0000 to 9999.
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export const date = either(`${digit}{4} "-" ${monthAndDay}`, `${leapYear} "-02-29"`)

const hour = '([01] [0-9] | "2" [0-3])'
const minute = '[0-5] [0-9]'
const offset = either('[Zz]', `[+-] ${hour} ":" ${minute}`)

/** A time with its offset. A leap second is written in any minute; which have one is checked. */
export const time = `${hour} ":" ${minute} ":" ([0-5] [0-9] | "60") ("." ${digit}+)? ${offset}`

export const dateTime = `${date} [Tt] ${time}`

/** Units of a duration, each of which may be followed by the next only. */
function unitsFrom(units: readonly string[]): string {
  const bodies = units.map((_, index) =>
    units
      .slice(index)
      .reduceRight(
        (smallerUnits, unit) => `${digit}+ "${unit}" ${smallerUnits && `(${smallerUnits})?`}`,
        '',
      ),
  )
  return either(...bodies)
}

const timeUnits = `"T" ${unitsFrom(['H', 'M', 'S'])}`

/** @see https://www.rfc-editor.org/rfc/rfc3339#appendix-A */
export const duration = `"P" ${either(
  `${unitsFrom(['Y', 'M', 'D'])} (${timeUnits})?`,
  timeUnits,
  `${digit}+ "W"`,
)}`
