import { valueError } from '../errors.ts'
import { collect } from './sequence.ts'
import type { Run, Value } from './value.ts'

/** The entries of a dict, or of a list of pairs. */
export function toEntries(source: Value, run: Run): (readonly [Value, Value])[] {
  if (typeof source === 'object' && source?.type === 'dict') {
    run.meter.chargeItems(source.entries.size)
    return [...source.entries.values()]
  }
  return collect(source, run).map((pair, index) => {
    const [key, value, ...otherItems] = collect(pair, run)
    if (key === undefined || value === undefined || otherItems.length > 0)
      throw valueError(`dictionary update sequence element #${index} does not hold two values`)
    return [key, value]
  })
}
