const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** Rounds to the bits of the nearest half-precision number, ties to even. Overflow is infinity. */
export function toHalf(value: number): number {
  float[0] = value
  const word = bits[0] ?? 0
  const sign = (word >>> 16) & 0x8000
  const magnitude = word & 0x7fff_ffff
  if (magnitude > 0x7f80_0000) return sign | 0x7e00
  // 65,520 and above round to infinity.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00
  // Below 2⁻¹⁴ a half has fixed steps of 2⁻²⁴.
  if (magnitude < 0x3880_0000) return sign | roundToEven(Math.abs(float[0] ?? 0) * 2 ** 24)
  return sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
}

/** Rounds to the bits of the nearest bfloat16, ties to even. */
export function toBfloat(value: number): number {
  float[0] = value
  const word = bits[0] ?? 0
  if ((word & 0x7fff_ffff) > 0x7f80_0000) return (word >>> 16) | 0x40
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const fraction = value - floor
  return fraction > 0.5 || (fraction === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}
