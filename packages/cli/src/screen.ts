import { once } from 'node:events'
import { styleText } from 'node:util'
import type { GenerateResult, ModelInfo, Part } from '@nano/core'
import { formatFigures } from './figures.ts'
import type { Terminal } from './terminal.ts'

export interface Screen {
  /** Writes one line about the state of the command, unless only the answer is shown. */
  note(text: string): void
  /** Writes a warning on a line of its own, behind a reply that is under way. */
  warn(text: string): void
  /** Shows a bar for a long activity. `share` is in [0, 1]; 1 removes the bar. */
  progress(activity: string, share: number): void
  /** Shows a part. Waits for a slow output, which slows the model down. */
  show(part: Part): Promise<void>
  /** Ends a reply with its figures. `wasStopped` if the user stopped the reply. */
  end(
    info: ModelInfo,
    result: Pick<GenerateResult, 'usage' | 'timings'> | undefined,
    wasStopped: boolean,
  ): void
}

/** Removed from the output of the model, because they control the terminal. */
const controlCharacters = /(?![\n\t])\p{Cc}/gu
const barWidth = 24
/** Milliseconds of an activity before its bar appears. */
const minProgressDelay = 300

/**
 * Shows the thought dim, the answer plain and the figures dim, or the answer alone.
 */
export function screen({ stdout, stderr }: Terminal, show: 'all' | 'answer'): Screen {
  const dim = (text: string) => styleText('dim', text, { stream: stdout })
  const showsAll = show === 'all'
  let lastPartType: Part['type'] | undefined
  let isAtLineStart = true
  /** Start of the activity of the bar, in milliseconds; reset when the bar is removed. */
  let progressStart: number | undefined
  let isBarVisible = false
  /** Warnings that wait for the end of the reply. */
  let pendingWarnings: string[] = []

  async function write(text: string): Promise<void> {
    if (text) isAtLineStart = text.endsWith('\n')
    if (!stdout.write(text)) await once(stdout, 'drain')
  }

  function writeWarnings(): void {
    clearBar()
    for (const text of pendingWarnings) stderr.write(`nanolm: ${text}\n`)
    pendingWarnings = []
  }

  function clearBar(): void {
    if (isBarVisible) stderr.write('\r\u001b[K')
    isBarVisible = false
    progressStart = undefined
  }

  return {
    note(text) {
      if (showsAll) stdout.write(`${dim(text)}\n\n`)
    },
    warn(text) {
      pendingWarnings.push(text)
      if (lastPartType === undefined) writeWarnings()
    },
    progress(activity, share) {
      if (share >= 1) return clearBar()
      if (!showsAll || !stderr.isTTY) return
      progressStart ??= performance.now()
      if (performance.now() - progressStart < minProgressDelay) return
      const filledWidth = Math.round(share * barWidth)
      const bar = '━'.repeat(filledWidth) + '─'.repeat(barWidth - filledWidth)
      stderr.write(`\r\u001b[K${activity} ${bar} ${Math.round(share * 100)} %`)
      isBarVisible = true
    },
    async show(part) {
      clearBar()
      if (part.type === 'finish' || (part.type === 'reasoning' && !showsAll)) return
      if (lastPartType === 'reasoning' && part.type !== 'reasoning') await write('\n\n')
      lastPartType = part.type
      const text =
        part.type === 'tool-call' ? `${part.name}(${JSON.stringify(part.input)})` : part.text
      const safeText = stdout.isTTY ? text.replaceAll(controlCharacters, '') : text
      await write(part.type === 'reasoning' ? dim(safeText) : safeText)
    },
    end(info, result, wasStopped) {
      clearBar()
      if (!isAtLineStart || lastPartType === undefined) stdout.write('\n')
      lastPartType = undefined
      isAtLineStart = true
      writeWarnings()
      if (!showsAll) return
      if (wasStopped) stdout.write(`${dim('stopped')}\n`)
      if (result) stdout.write(`\n${dim(formatFigures(info, result))}\n`)
    },
  }
}
