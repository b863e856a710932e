import { once } from 'node:events'
import { styleText } from 'node:util'
import type { GenerateResult, ModelInfo, Part } from '@nano/core'
import { figures } from './figures.ts'
import type { Terminal } from './terminal.ts'

export interface Screen {
  /** One line about what is going on. */
  note(text: string): void
  /** Shown while something takes long; `share` in [0, 1], and 1 takes it away. */
  progress(doing: string, share: number): void
  /** Shows a part; slow output slows the model down. */
  show(part: Part): Promise<void>
  /** Ends a reply with its figures. `stopped` when the user did. */
  end(
    info: ModelInfo,
    result: Pick<GenerateResult, 'usage' | 'timings'> | undefined,
    stopped: boolean,
  ): void
}

/** What reaches a terminal from a model must not steer the terminal. */
const steering = /(?![\n\t])\p{Cc}/gu
const barWidth = 24
/** Milliseconds before progress is worth a line. */
const slow = 300

/**
 * The thought dim, the answer plain, the figures dim; or, for a pipe, the answer and nothing else.
 */
export function screen({ stdout, stderr }: Terminal, show: 'all' | 'answer'): Screen {
  const dim = (text: string) => styleText('dim', text, { stream: stdout })
  const all = show === 'all'
  let last: Part['type'] | undefined
  let endsLine = true
  let begun: number | undefined
  let barShown = false

  async function write(text: string): Promise<void> {
    if (text) endsLine = text.endsWith('\n')
    if (!stdout.write(text)) await once(stdout, 'drain')
  }

  function clearBar(): void {
    if (barShown) stderr.write('\r\u001b[K')
    barShown = false
    begun = undefined
  }

  return {
    note(text) {
      if (all) stdout.write(`${dim(text)}\n\n`)
    },
    progress(doing, share) {
      if (share >= 1) return clearBar()
      if (!all || !stderr.isTTY || performance.now() - (begun ??= performance.now()) < slow) return
      const full = Math.round(share * barWidth)
      stderr.write(
        `\r\u001b[K${doing} ${'━'.repeat(full)}${'─'.repeat(barWidth - full)} ${Math.round(share * 100)} %`,
      )
      barShown = true
    },
    async show(part) {
      clearBar()
      if (part.type === 'finish' || (part.type === 'reasoning' && !all)) return
      if (last === 'reasoning' && part.type !== 'reasoning') await write('\n\n')
      last = part.type
      const text =
        part.type === 'tool-call' ? `${part.name}(${JSON.stringify(part.input)})` : part.text
      const safe = stdout.isTTY ? text.replaceAll(steering, '') : text
      await write(part.type === 'reasoning' ? dim(safe) : safe)
    },
    end(info, result, stopped) {
      clearBar()
      if (!endsLine || last === undefined) stdout.write('\n')
      last = undefined
      endsLine = true
      if (!all) return
      if (stopped) stdout.write(`${dim('stopped')}\n`)
      if (result) stdout.write(`\n${dim(figures(info, result))}\n`)
    },
  }
}
