import type { Filter } from '../values/value.ts'
import { htmlFilters } from './html-filters.ts'
import { numberFilters } from './number-filters.ts'
import { orderFilters } from './order-filters.ts'
import { selectFilters } from './select-filters.ts'
import { sequenceFilters } from './sequence-filters.ts'
import { textFilters } from './text-filters.ts'
import { valueFilters } from './value-filters.ts'

/** Every filter, by its name. */
export const filters: ReadonlyMap<string, Filter> = new Map([
  ...valueFilters,
  ...textFilters,
  ...numberFilters,
  ...sequenceFilters,
  ...orderFilters,
  ...selectFilters,
  ...htmlFilters,
])
