/**
 * Collects little-endian bytes in a buffer that doubles when it is full. A vocabulary has 400,000
 * strings, and as many small arrays would take longer than the weights.
 */
export class ByteWriter {
  readonly #encoder = new TextEncoder()
  #buffer = new Uint8Array(65_536)
  #view = new DataView(this.#buffer.buffer)
  #length = 0

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  writeUint32(value: number): void {
    this.#view.setUint32(this.#reserve(4), value, true)
  }

  writeUint64(value: number | bigint): void {
    this.#view.setBigUint64(this.#reserve(8), BigInt(value), true)
  }

  /** Writes the length of the text, and then the text. */
  writeString(text: string): void {
    // No character takes more than three bytes per UTF-16 unit.
    const start = this.#reserve(8 + 3 * text.length)
    const { written } = this.#encoder.encodeInto(text, this.#buffer.subarray(start + 8))
    this.#view.setBigUint64(start, BigInt(written), true)
    this.#length = start + 8 + written
  }

  writeBytes(bytes: Uint8Array): void {
    const start = this.#reserve(bytes.length)
    this.#buffer.set(bytes, start)
  }

  /** Makes room for that many bytes and returns where they start. */
  #reserve(size: number): number {
    const start = this.#length
    this.#length += size
    if (this.#length > this.#buffer.length) {
      const larger = new Uint8Array(2 * this.#length)
      larger.set(this.#buffer.subarray(0, start))
      this.#buffer = larger
      this.#view = new DataView(larger.buffer)
    }
    return start
  }
}
