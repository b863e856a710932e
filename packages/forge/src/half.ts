const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** The bits of the nearest half-precision number, ties to even; too large is infinity. */
export function toHalf(value: number): number {
  float[0] = value
  const all = bits[0] ?? 0
  const sign = (all >>> 16) & 0x8000
  const magnitude = all & 0x7fff_ffff
  if (magnitude > 0x7f80_0000) return sign | 0x7e00
  // 65,520 and above round to infinity.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00
  // Below 2⁻¹⁴ a half has fixed steps of 2⁻²⁴.
  if (magnitude < 0x3880_0000) return sign | halfToEven(Math.abs(float[0] ?? 0) * 2 ** 24)
  return sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
}

/** The bits of the nearest bfloat16, ties to even. */
export function toBfloat(value: number): number {
  float[0] = value
  const all = bits[0] ?? 0
  if ((all & 0x7fff_ffff) > 0x7f80_0000) return (all >>> 16) | 0x40
  return (all + 0x7fff + ((all >>> 16) & 1)) >>> 16
}

/** The number that those bits of half precision are. */
export function fromHalf(value: number): number {
  const [sign, exponent, fraction] = [value & 0x8000 ? -1 : 1, (value >>> 10) & 31, value & 1_023]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (1_024 + fraction) * 2 ** (exponent - 25)
}

function halfToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}
