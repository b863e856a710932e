import { createReadStream } from 'node:fs'

const lineFeed = 0x0a

/**
 * Yields the lines of a file as bytes, without their line feeds. Memory holds one line and a chunk.
 * JSON allows U+2028 and U+2029 in a string, at which `node:readline` would end a line.
 */
export async function* readLines(path: string): AsyncGenerator<Buffer, void, void> {
  let pieces: Buffer[] = []
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      yield Buffer.concat([...pieces, chunk.subarray(start, end)])
      pieces = []
      start = end + 1
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start))
  }
  if (pieces.length > 0) yield Buffer.concat(pieces)
}
