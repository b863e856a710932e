import * as z from 'zod'
import { keptExample, reads } from './zod-example.ts'

const shape = { name: z.string(), tags: z.array(z.string()).optional() }
const circle = z.object({ kind: z.literal('circle'), radius: z.number() })
const square = z.object({ kind: z.literal('square'), side: z.number() })
const shapes = z.discriminatedUnion('kind', [circle, square])

const Category = z.object({
  name: z.string(),
  get children() {
    return z.array(Category)
  },
})
interface Nested {
  readonly next: Nested | null
}
const Nested: z.ZodType<Nested> = z.lazy(() => z.object({ next: Nested.nullable() }))

/** The type of a loose record has no other values. */
const anyValue = 'q' as never

/** Objects, lists and what combines schemas. */
export const containerExamples = {
  object: keptExample(
    z.object(shape),
    [{ name: 'a' }, { name: 'a', tags: ['x'] }],
    [{}, { name: 1 }, { name: 'a', tags: [1] }],
  ),
  'object with names of the language': keptExample(
    z.object({ constructor: z.int(), toString: z.string(), 'a/b~c': z.null() }),
    [{ constructor: 1, toString: 'x', 'a/b~c': null }],
    [{ constructor: 1, toString: 'x', 'a/b~c': 0 }],
  ),
  'object with a property that never is': keptExample(
    z.object({ a: z.string(), b: z.never().optional(), c: z.undefined().optional() }),
    [{ a: 'x' }],
    [{ a: 'x', b: 1 }],
  ),
  strictObject: keptExample(z.strictObject(shape), [{ name: 'a' }], [{ name: 'a', more: 1 }]),
  looseObject: keptExample(z.looseObject(shape), [{ name: 'a', more: 1 }], [{ more: 1 }]),
  'object with a catchall': reads(
    z.object({ a: z.string() }).catchall(z.int()),
    [[{ a: 'x', b: 1 }, { a: 'x', b: 1 } as never]],
    [{ a: 'x', b: 'y' }],
  ),
  deepPartial: keptExample(z.deepPartial(z.object({ a: z.object({ b: z.int() }) })), [
    {},
    { a: {} },
  ]),
  array: keptExample(z.array(z.int()).min(1).max(2), [[1], [1, 2]], [[], [1, 2, 3], ['1']]),
  'array of nothing': keptExample(z.array(z.never()), [[]], [[1]]),
  tuple: keptExample(
    z.tuple([z.string(), z.int()], z.boolean()),
    [
      ['a', 1],
      ['a', 1, true, false],
    ],
    [['a'], ['a', 1, 2]],
  ),
  'tuple with an optional end': keptExample(z.tuple([z.string(), z.int().optional()]), [
    ['a'],
    ['a', 1],
  ]),
  record: keptExample(z.record(z.string(), z.int()), [{}, { a: 1, 'b c': 2 }], [{ a: 'x' }]),
  'record of an enum': keptExample(
    z.record(z.enum(['a', 'b']), z.int()),
    [{ a: 1, b: 2 }],
    [{ a: 1 }, { a: 1, b: 2, c: 3 }],
  ),
  'record with names of any case': keptExample(
    z.record(z.string().regex(/^x-/i), z.int()),
    [{ 'X-a': 1 }],
    [{ a: 1 }],
  ),
  'record with numbers as names': keptExample(
    z.record(z.number(), z.string()),
    [{ 12: 'a' }],
    [{ a: 'a' }],
  ),
  partialRecord: keptExample(
    z.partialRecord(z.enum(['a', 'b']), z.int()),
    [{}, { b: 2 }],
    [{ c: 3 }],
  ),
  looseRecord: keptExample(
    z.looseRecord(z.string().regex(/^x-/), z.int()),
    [{ 'x-a': 1 }, { 'x-a': 1, b: anyValue }],
    [{ 'x-a': 'b' }],
  ),
  'looseRecord with names of two patterns': keptExample(
    z.looseRecord(z.string().regex(/^x/).regex(/y$/), z.int()),
    [{ xa: anyValue, xy: 1 }],
    [{ xy: 'q' }],
  ),
  'looseRecord with long names of a pattern': keptExample(
    z.looseRecord(z.string().regex(/^x/).min(3), z.int()),
    [{ xa: anyValue, xyz: 1 }],
    [{ xyz: 'q' }],
  ),
  'looseRecord with long names': keptExample(
    z.looseRecord(z.string().min(3), z.int()),
    [{ a: anyValue, abc: 1 }],
    [{ abc: 'q' }],
  ),
  'looseRecord with names of an enum': keptExample(
    z.looseRecord(z.enum(['a', 'b']), z.int()),
    [{ a: 1, b: 2, c: 'q' } as never],
    [{ a: 1 }, { a: 1, b: 'q' }],
  ),
  'looseRecord of any names': keptExample(
    z.looseRecord(z.string(), z.int()),
    [{ a: 1 }],
    [{ a: 'q' }],
  ),
  'looseRecord with names of any case': keptExample(
    z.looseRecord(z.string().regex(/^x-/i), z.int()),
    [{ 'X-a': 1 }],
    [{ 'X-a': 'b' }],
  ),
  union: keptExample(z.union([z.string(), z.array(z.int())]), ['a', [1]], [1, ['a']]),
  'union with what is no JSON': keptExample(
    z.union([z.string(), z.undefined(), z.nan(), z.never(), z.void()]),
    ['a'],
    [1, null],
  ),
  xor: keptExample(
    z.xor([z.object({ a: z.int() }), z.object({ b: z.int() })]),
    [{ a: 1 }, { b: 1 }],
    [{ c: 1 }],
  ),
  discriminatedUnion: keptExample(
    shapes,
    [
      { kind: 'circle', radius: 1 },
      { kind: 'square', side: 2 },
    ],
    [{ kind: 'circle', side: 2 }],
  ),
  getDiscriminatedOption: keptExample(
    z.getDiscriminatedOption(shapes, 'square'),
    [{ kind: 'square', side: 2 }],
    [{ kind: 'circle', radius: 1 }],
  ),
  intersection: keptExample(
    z.intersection(z.object({ a: z.int() }), z.object({ b: z.int() })),
    [{ a: 1, b: 2 }],
    [{ a: 1 }],
  ),
  lazy: keptExample(Nested, [{ next: { next: null } }], [{ next: {} }]),
  'a getter that refers to its object': keptExample(
    Category,
    [{ name: 'a', children: [{ name: 'b', children: [] }] }],
    [{ name: 'a', children: [{ name: 'b' }] }],
  ),
  'a named part that is used twice': keptExample(
    (() => {
      const Point = z.object({ x: z.int() }).meta({ id: 'PointOfTheTests' })
      return z.object({ from: Point, to: Point })
    })(),
    [{ from: { x: 1 }, to: { x: 2 } }],
    [{ from: { x: 1 }, to: {} }],
  ),
  'a list into a set': reads(
    z
      .array(z.int())
      .transform((items) => new Set(items))
      .pipe(z.set(z.int()).min(2)),
    [[[1, 2, 1], new Set([1, 2])]],
    [[1]],
  ),
  'a record into a map': reads(
    z.record(z.string(), z.int()).transform((record) => new Map(Object.entries(record))),
    [[{ a: 1 }, new Map([['a', 1]])]],
  ),
} as const
