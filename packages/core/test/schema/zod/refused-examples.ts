import * as z from 'zod'
import { refusedExample } from './zod-example.ts'

const refuseSize = (check: z.core.$ZodCheck<never>) =>
  refusedExample(z.set(z.int()).check(check as never), 'z.set() at #', 'z.array()')

/** What JSON cannot say, by the names that zod exports it under. */
export const refusedExamples = {
  date: refusedExample(
    z.object({ born: z.date().optional() }),
    'z.date() at #/properties/born',
    'z.coerce.date()',
  ),
  bigint: refusedExample(z.array(z.bigint()), 'z.bigint() at #/items', 'z.coerce.bigint()'),
  int64: refusedExample(z.int64(), 'z.int64() at #', 'z.coerce.bigint()'),
  uint64: refusedExample(z.uint64(), 'z.uint64() at #', 'z.coerce.bigint()'),
  map: refusedExample(
    z.union([z.string(), z.map(z.string(), z.int())]),
    'z.map() at #/anyOf/1',
    'z.record()',
  ),
  set: refusedExample(
    z.record(z.string(), z.set(z.int())),
    'z.set() at #/additionalProperties',
    'z.array()',
  ),
  minSize: refuseSize(z.minSize(1)),
  maxSize: refuseSize(z.maxSize(1)),
  size: refuseSize(z.size(1)),
  symbol: refusedExample(z.tuple([z.symbol()]), 'z.symbol() at #/prefixItems/0', 'z.literal()'),
  undefined: refusedExample(
    z.object({ a: z.object({ b: z.undefined() }) }),
    'z.undefined() at #/properties/a/properties/b',
    'z.null()',
  ),
  void: refusedExample(z.void(), 'z.void() at #', 'z.null()'),
  nan: refusedExample(z.nan(), 'z.nan() at #', 'z.null()'),
  never: refusedExample(z.object({ a: z.never() }), 'z.never() at #/properties/a', 'leave it out'),
  file: refusedExample(
    z.object({ 'a/b': z.file() }),
    'z.file() at #/properties/a~1b',
    'z.base64()',
  ),
  mime: refusedExample(z.file().check(z.mime(['image/png'])), 'z.file() at #', 'z.base64()'),
  function: refusedExample(
    z.object({ f: z.function() }),
    'z.function() at #/properties/f',
    'leave it out',
  ),
  _function: refusedExample(z._function(), 'z.function() at #', 'leave it out'),
  custom: refusedExample(z.custom<string>(), 'z.custom() at #', '.meta({ type })'),
  instanceof: refusedExample(z.instanceof(URL), 'z.instanceof() at #', '.transform()'),
  transform: refusedExample(z.transform(Number), 'z.transform() at #', 'z.string().transform()'),
  'literal of a big integer': refusedExample(z.literal(1n), 'z.literal() at #', 'texts, numbers'),
  'object with a symbol as a name': refusedExample(
    z.object({ [Symbol('a')]: z.string() }),
    'z.object() with a symbol as a name at #',
    'texts as names',
  ),
} as const
