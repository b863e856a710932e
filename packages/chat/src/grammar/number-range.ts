import { either, literal } from './grammar-builder.ts'

/** Inclusive bounds; an infinite one is none. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** More digits than these and a double no longer tells integers apart. */
const digits = 15
/** Ends with a digit that counts, so a number with a fraction is never its own integer part. */
const fraction = `"." [0-9]{0,${digits - 1}} [1-9]`
const exponent = '([eE] [-+]? [0-9]{1,2})?'

/** Integers in a range, in decimal, without leading zeros. */
export function integers({ least, most }: Range): string {
  if (least === -Infinity && most === Infinity) return `("-"? ("0" | [1-9] [0-9]{0,${digits}}))`
  const negative = least < 0 ? [`"-" ${natural({ least: Math.max(1, -most), most: -least })}`] : []
  const positive = most >= 0 ? [natural({ least: Math.max(0, least), most })] : []
  return either(...negative, ...positive)
}

/** Numbers in a range whose bounds are integers. `exclusive` bounds are not numbers of it. */
export function numbers(
  range: Range & { readonly exclusiveLeast?: boolean; readonly exclusiveMost?: boolean },
): string {
  const { least, most, exclusiveLeast = false, exclusiveMost = false } = range
  if (least === -Infinity && most === Infinity)
    return `(${integers(range)} ("." [0-9]{1,${digits}})? ${exponent})`
  const whole = { least: exclusiveLeast ? least + 1 : least, most: exclusiveMost ? most - 1 : most }
  const above = { least: Math.max(0, least), most: most - 1 }
  const below = { least: Math.max(0, -most), most: -least - 1 }
  return either(
    ...(whole.least <= whole.most ? [integers(whole)] : []),
    ...(above.least <= above.most ? [`${natural(above)} ${fraction}`] : []),
    ...(below.least <= below.most ? [`"-" ${natural(below)} ${fraction}`] : []),
  )
}

/** Integers of 0 and more. */
function natural({ least, most }: Range): string {
  if (most === Infinity) {
    const low = String(least)
    const longer = `[1-9] [0-9]{${low.length},${Math.max(low.length, digits)}}`
    return least === 0
      ? `("0" | [1-9] [0-9]{0,${digits}})`
      : either(sameLength(low, '9'.repeat(low.length)), longer)
  }
  const [low, high] = [String(least), String(most)]
  const lengths = Array.from(
    { length: high.length - low.length + 1 },
    (_, index) => low.length + index,
  )
  return either(
    ...lengths.map((length) =>
      sameLength(
        length === low.length ? low : `1${'0'.repeat(length - 1)}`,
        length === high.length ? high : '9'.repeat(length),
      ),
    ),
  )
}

/** Integers between two of the same number of digits. */
function sameLength(low: string, high: string): string {
  if (low === high) return literal(low)
  const shared = [...low].findIndex((digit, index) => digit !== high[index])
  const head = low.slice(0, shared)
  const [first, last] = [Number(low[shared]), Number(high[shared])]
  const [lowRest, highRest] = [low.slice(shared + 1), high.slice(shared + 1)]
  const rest = lowRest.length
  const any = rest > 0 ? ` [0-9]{${rest}}` : ''
  const isLeast = /^0*$/.test(lowRest)
  const isMost = /^9*$/.test(highRest)
  const middle = { from: isLeast ? first : first + 1, to: isMost ? last : last - 1 }
  const bodies = [
    ...(isLeast ? [] : [`${literal(String(first))} ${sameLength(lowRest, '9'.repeat(rest))}`]),
    ...(middle.from <= middle.to ? [`[${middle.from}-${middle.to}]${any}`] : []),
    ...(isMost ? [] : [`${literal(String(last))} ${sameLength('0'.repeat(rest), highRest)}`]),
  ]
  return head ? `${literal(head)} ${either(...bodies)}` : either(...bodies)
}
