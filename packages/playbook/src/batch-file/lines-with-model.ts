/** Lines of a file whose requests are with the model. They are taken in the order of the file. */
export interface LinesWithModel {
  /** All lines before this one have a result; `Infinity` where all of the file have one. */
  readonly firstMissing: number
  /** Notes that the request of a line goes to the model. */
  add(id: string, line: number): void
  /** Notes that it has a result, and gives its line. */
  take(id: string): number
  /** Notes that no line is left that has not gone to the model. */
  end(): void
}

export function linesWithModel(): LinesWithModel {
  /** By the id of the request, in their order. */
  const lines = new Map<string, number>()
  let nextLine = 0
  return {
    get firstMissing() {
      const [first = nextLine] = lines.values()
      return first
    },
    add(id, line) {
      lines.set(id, line)
      nextLine = line + 1
    },
    take(id) {
      const line = lines.get(id)
      if (line === undefined) throw new Error(`no request ${JSON.stringify(id)} is with the model`)
      lines.delete(id)
      return line
    },
    end() {
      nextLine = Infinity
    },
  }
}
