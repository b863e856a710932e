import * as z from 'zod'
import { keptExample, reads } from './zod-example.ts'

/** Numbers, booleans, constants and values of any kind. */
export const valueExamples = {
  any: keptExample(z.any(), [{ a: [1, null] }, 'x']),
  unknown: keptExample(z.unknown(), [[], false]),
  json: keptExample(z.json(), [{ a: [1, 'x', { b: null }] }, true, 1.5]),
  boolean: keptExample(z.boolean(), [true, false], [0, 'true']),
  null: keptExample(z.null(), [null], [false]),
  number: keptExample(z.number(), [19.9, -1e-7, 12345678901], ['1', true]),
  int: keptExample(z.int(), [-3, 9007199254740991], [1.5]),
  int32: keptExample(z.int32(), [-2147483648], [2147483648]),
  uint32: keptExample(z.uint32(), [4294967295], [-1]),
  float32: keptExample(z.float32(), [1.5], [1e39]),
  float64: keptExample(z.float64(), [1e300], ['1']),
  gt: keptExample(z.number().check(z.gt(1)), [1.1], [1]),
  gte: keptExample(z.number().check(z.gte(1)), [1], [0.9]),
  lt: keptExample(z.number().check(z.lt(1)), [0.9], [1]),
  lte: keptExample(z.number().check(z.lte(1)), [1], [1.1]),
  'lte without end': keptExample(z.number().max(Infinity).min(-Infinity), [1]),
  positive: keptExample(z.number().check(z.positive()), [0.1], [0]),
  negative: keptExample(z.number().check(z.negative()), [-0.1], [0]),
  nonpositive: keptExample(z.number().check(z.nonpositive()), [0, -1], [1]),
  nonnegative: keptExample(z.number().check(z.nonnegative()), [0, 19.9], [-1]),
  multipleOf: keptExample(z.number().check(z.multipleOf(0.25)), [0.75], [0.3]),
  enum: keptExample(z.enum(['red', 'green']), ['red', 'green'], ['blue']),
  'enum of an object': keptExample(z.enum({ low: 1, high: 'max' }), [1, 'max'], ['low']),
  nativeEnum: keptExample(z.nativeEnum({ Up: 'UP', Down: 'DOWN' } as const), ['UP'], ['Up']),
  keyof: keptExample(z.keyof(z.object({ a: z.string(), b: z.date() })), ['a', 'b'], ['c']),
  literal: keptExample(z.literal(['a', 1, true, null]), ['a', 1, true, null], [2]),
  'literal beside what is no JSON': keptExample(z.literal(['a', undefined, 1n]), ['a'], [null, 1]),
  'coerce.number': reads(z.coerce.number().int(), [[7, 7]], ['x']),
  'coerce.boolean': reads(z.coerce.boolean(), [[true, true]]),
  'coerce.bigint': reads(
    z.coerce.bigint().positive(),
    [['123456789012345678901234567890', 123456789012345678901234567890n]],
    ['1.5', '-1'],
  ),
  'coerce.date': reads(
    z.coerce.date().min(new Date('2000-01-01')),
    [
      ['2024-12-31', new Date('2024-12-31')],
      ['2024-12-31T23:59:59+02:00', new Date('2024-12-31T21:59:59Z')],
    ],
    ['1999-01-01', 'soon'],
  ),
  codec: reads(
    z.codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (date) => date.toISOString() as never,
    }),
    [['2024-12-31T00:00:00Z', new Date('2024-12-31')]],
    ['2024-12-31'],
  ),
  invertCodec: reads(
    z.invertCodec(
      z.codec(z.string(), z.number(), { decode: Number, encode: (value) => String(value) }),
    ),
    [[7, '7']],
    ['7'],
  ),
  pipe: reads(z.pipe(z.string(), z.transform(Number)), [['7', 7]], [7]),
  'transform after a schema': reads(
    z.string().transform((text) => BigInt(text)),
    [['7', 7n]],
  ),
  'transform that waits': reads(
    z.string().transform(async (text) => text.length),
    [['abc', 3]],
  ),
  'pipe into a date': reads(
    z.iso
      .date()
      .transform((text) => new Date(text))
      .pipe(z.date().max(new Date('2030-01-01'))),
    [['2024-12-31', new Date('2024-12-31')]],
    ['2031-01-01'],
  ),
  preprocess: reads(
    z.preprocess((value) => Number(value) + 1, z.int()),
    [[6, 7]],
    ['x'],
  ),
  'preprocess of a date': reads(
    z.preprocess((value) => new Date(String(value)), z.date().optional()),
    [['2024-12-31', new Date('2024-12-31')]],
    ['x'],
  ),
  'preprocess of a big integer': reads(
    z.preprocess((value) => BigInt(String(value)), z.bigint()),
    [['7', 7n]],
  ),
  success: reads(z.success(z.object({ a: z.string() })), [[{ a: 'x' }, true]]),
  'custom that says what is written': keptExample(
    z.custom<`${number}px`>((value) => /^\d+px$/.test(String(value))).meta({ type: 'string' }),
    ['12px'],
    ['12'],
  ),
  'instanceof after a transform': reads(
    z
      .string()
      .transform((text) => new URL(text))
      .pipe(z.instanceof(URL)),
    [['https://a.b/', new URL('https://a.b/')]],
  ),
} as const
