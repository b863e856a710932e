import type { GenerateResult, ModelInfo } from '@nano/core'

/**
 * One line: model, device, tokens in (and from the cache), reasoning tokens, answer tokens, time to
 * first part and first answer, tokens per second.
 */
export function figures(
  info: ModelInfo,
  { usage, timings }: Pick<GenerateResult, 'usage' | 'timings'>,
): string {
  const { input, cachedInput, output, reasoning } = usage
  const { firstPart, firstText, total } = timings
  const decoding = total !== undefined && firstPart !== undefined ? total - firstPart : 0

  return [
    [info.model, info.quantization].filter(Boolean).join(' '),
    info.device,
    input !== undefined &&
      `${count(input)} in${cachedInput === undefined ? '' : ` (${count(cachedInput)} cached)`}`,
    reasoning !== undefined && `${count(reasoning)} reasoning`,
    output !== undefined && `${count(output - (reasoning ?? 0))} answer`,
    firstPart !== undefined && `first part ${duration(firstPart)}`,
    firstText !== undefined && `first answer ${duration(firstText)}`,
    // The first token came with the first part, so it is not decoded in this time.
    output !== undefined &&
      output > 1 &&
      decoding > 0 &&
      `${count(Math.round(((output - 1) / decoding) * 1_000))} tokens/s`,
  ]
    .filter(Boolean)
    .join(' · ')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function duration(milliseconds: number): string {
  return milliseconds < 1_000
    ? `${milliseconds.toFixed(0)} ms`
    : `${(milliseconds / 1_000).toFixed(1)} s`
}
