import type { ReasoningMarkers } from '@nano/core/driver'
import { probeQuestion, probeWords, type RenderProbe, tryRender } from './template-probe.ts'

/**
 * Learns what a template writes around the answer of a past reply, within the turn: two tags that
 * belong together, such as `<|START_TEXT|>` and `<|END_TEXT|>`, without the white space inside.
 * Undefined where it writes nothing, or where the prompt has written the first already.
 */
export function learnAnswer(render: RenderProbe): ReasoningMarkers | undefined {
  const { answer } = probeWords
  const turn = tryRender(render, [probeQuestion, { role: 'assistant', content: answer }])
  const prompt = tryRender(render, [probeQuestion], { opensReply: true })
  const at = turn?.lastIndexOf(answer) ?? -1
  if (turn === undefined || prompt === undefined || at < 0) return undefined
  const [open = ''] = /<[^<>\s]+>$/.exec(turn.slice(0, at).trimEnd()) ?? []
  const [close = ''] = /^<[^<>\s]+>/.exec(turn.slice(at + answer.length).trimStart()) ?? []
  const isPair = open.startsWith('<|START_')
    ? close === open.replace('START_', 'END_')
    : close === open.replace('<', '</')
  return open && isPair && !prompt.trimEnd().endsWith(open) ? { open, close } : undefined
}
