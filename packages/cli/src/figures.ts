import type { GenerateResult, ModelInfo } from '@nano/core'

/**
 * Formats one line: model, device, tokens in (and from the cache), reasoning tokens, answer tokens,
 * time to first part and first answer, tokens per second.
 */
export function formatFigures(
  info: ModelInfo,
  { usage, timings }: Pick<GenerateResult, 'usage' | 'timings'>,
): string {
  const { input, cachedInput, output, reasoning } = usage
  const { firstPart, firstText, total } = timings
  const decodeTime = total !== undefined && firstPart !== undefined ? total - firstPart : 0

  const cached = cachedInput === undefined ? '' : ` (${formatCount(cachedInput)} cached)`

  return [
    [info.model, info.quantization].filter(Boolean).join(' '),
    info.device,
    input !== undefined && `${formatCount(input)} in${cached}`,
    reasoning !== undefined && `${formatCount(reasoning)} reasoning`,
    output !== undefined && `${formatCount(output - (reasoning ?? 0))} answer`,
    firstPart !== undefined && `first part ${formatDuration(firstPart)}`,
    firstText !== undefined && `first answer ${formatDuration(firstText)}`,
    // The first token arrives with the first part, so the decode time does not include it.
    output !== undefined &&
      output > 1 &&
      decodeTime > 0 &&
      `${formatCount(Math.round(((output - 1) / decodeTime) * 1_000))} tokens/s`,
  ]
    .filter(Boolean)
    .join(' · ')
}

function formatCount(value: number): string {
  return value.toLocaleString('en-US')
}

function formatDuration(milliseconds: number): string {
  return milliseconds < 1_000
    ? `${milliseconds.toFixed(0)} ms`
    : `${(milliseconds / 1_000).toFixed(1)} s`
}
