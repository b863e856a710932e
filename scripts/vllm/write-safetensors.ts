import { writeFileSync } from 'node:fs'

/** A tensor of float32 values. */
export interface NamedTensor {
  readonly name: string
  /** As numpy has it: rows first. */
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** @see https://huggingface.co/docs/safetensors/index#format */
export function writeSafetensors(path: string, tensors: readonly NamedTensor[]): void {
  let offset = 0
  const header: Record<string, object> = { __metadata__: { format: 'pt' } }
  for (const { name, shape, values } of tensors) {
    const end = offset + values.byteLength
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] }
    offset = end
  }
  const text = Buffer.from(JSON.stringify(header))
  // Values are aligned to eight bytes.
  const headerBytes = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')])
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(headerBytes.length))
  const data = tensors.map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  )
  writeFileSync(path, Buffer.concat([length, headerBytes, ...data]))
}
