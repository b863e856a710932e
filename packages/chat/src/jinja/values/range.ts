import type { RangeValue } from './value.ts'

export function lengthOfRange({ start, stop, step }: RangeValue): number {
  const span = step > 0n ? stop - start : start - stop
  const size = step > 0n ? step : -step
  return span > 0n ? Number((span + size - 1n) / size) : 0
}

export function rangeItem({ start, step }: RangeValue, index: bigint): bigint {
  return start + index * step
}
