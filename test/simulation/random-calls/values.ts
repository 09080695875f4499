// Arguments that no call takes, drawn by seed: of other types, out of range, and objects whose getters or proxy traps
// throw.
import type { Random } from "../../../src/simulation/random.ts";

/**
 * The error that a callback, getter or trap of the test throws. A call may pass on the error of a callback, but not an
 * error from reading an argument.
 */
export class Whim extends Error {
  override readonly name = "Whim";
}

/** One kind of argument: draws right values, and wrong values that no call of this kind may take. */
export interface Param {
  right(random: Random): unknown;
  wrong(random: Random): unknown;
}

export const pick = <T>(random: Random, all: readonly T[]): T => all[random.below(all.length)] as T;

function whim(): never {
  throw new Whim("a whim of the test");
}

/** An object whose properties cannot be read. */
function hostile(random: Random, target: object = {}): unknown {
  const traps: readonly ProxyHandler<object>[] = [
    { get: whim, ownKeys: whim, has: whim, getOwnPropertyDescriptor: whim, getPrototypeOf: whim },
    { get: whim, ownKeys: whim },
    { get: whim },
  ];
  if (random.below(4) > 0) return new Proxy(target, pick(random, traps));
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** An object with a field that throws when it is read. */
export function withGetter(name: string, rest: object = {}): unknown {
  return Object.defineProperty({ ...rest }, name, { enumerable: true, get: whim });
}

class Foreign {
  readonly nosuch = 1;
}

/** Wrong everywhere: as an option, a name, a number, a list or a function. */
export const never: readonly ((random: Random) => unknown)[] = [
  () => null,
  () => NaN,
  () => -1.5,
  () => 2.5,
  () => Symbol("wrong"),
  () => 10n,
  () => new Foreign(),
  () => new Map([["a", 1]]),
  () => new Date(0),
  () => Promise.resolve(1),
  () => new Error("wrong"),
  (random) => hostile(random),
  (random) => hostile(random, []),
  (random) => hostile(random, () => undefined),
];

const notANumber: readonly ((random: Random) => unknown)[] = [
  () => "5",
  () => true,
  () => [],
  () => ({}),
  () => -1,
  () => Infinity,
  () => -Infinity,
  () => 2 ** 60,
  () => "NaN",
];
const notAText: readonly ((random: Random) => unknown)[] = [
  () => 5,
  () => false,
  () => [],
  () => ({}),
  () => () => "t",
  () => ["t"],
];
const notAnObject: readonly ((random: Random) => unknown)[] = [
  () => 5,
  () => true,
  () => "text",
  () => "",
  () => [],
  () => [1],
  () => () => undefined,
  () => new Array<number>(3),
];
const notAList: readonly ((random: Random) => unknown)[] = [
  () => undefined,
  () => 5,
  () => "t",
  () => ({}),
  () => ({ length: 1, 0: 1 }),
  () => new Set([1]),
  () => () => [],
  () => new Uint8Array(3),
];
const notAFunction: readonly ((random: Random) => unknown)[] = [
  () => undefined,
  () => 5,
  () => "f",
  () => ({}),
  () => [],
  () => ({ call: () => 1 }),
  () =>
    function* (): Generator<number> {
      yield 1;
    },
  () =>
    async function* (): AsyncGenerator<number> {
      yield await Promise.resolve(1);
    },
];

const wrongOf =
  (...lists: readonly (readonly ((random: Random) => unknown)[])[]) =>
  (random: Random): unknown =>
    pick(random, lists.flat())(random);

/** A whole number within these limits. */
export const whole = (from: number, to: number): Param => ({
  right: (random) => random.between(from, to),
  wrong: wrongOf(never, notANumber),
});

export const words = (...all: readonly string[]): Param => ({
  right: (random) => pick(random, all),
  wrong: wrongOf(never, notAText, [() => ""]),
});

/** A callback that is good, that throws, or whose promise rejects. */
export const callback = (make: (random: Random) => unknown): Param => ({
  right: make,
  wrong: wrongOf(never, notAFunction),
});

/** An optional value. */
export const optional = (param: Param): Param => ({
  right: (random) => (random.below(3) === 0 ? undefined : param.right(random)),
  wrong: (random) => param.wrong(random) ?? null,
});

/** An argument that is checked only against values that no call takes. */
export const other = (right: (random: Random) => unknown): Param => ({ right, wrong: wrongOf(never) });

/** An object with such fields; those in `needs` are always present. */
export function fields(params: Readonly<Record<string, Param>>, needs: readonly string[] = []): Param {
  const names = Object.keys(params);
  const right = (random: Random): Record<string, unknown> => {
    const object: Record<string, unknown> = {};
    for (const name of names)
      if (needs.includes(name) || random.below(2) === 0) object[name] = params[name]?.right(random);
    return object;
  };
  const wrong = (random: Random): unknown => {
    const kind = random.below(6);
    if (kind === 0) return pick(random, [...never, ...notAnObject])(random);
    if (kind === 1) return { ...right(random), nosuch: 1 };
    const name = pick(random, names);
    if (kind === 2) return withGetter(name, right(random));
    const field = params[name]?.wrong(random);
    return { ...right(random), [name]: field === undefined && !needs.includes(name) ? null : field };
  };
  return { right, wrong };
}

/** A list of such values; or one with a wrong value among right ones, a list with a hole, or no list at all. */
export function list(element: Param, most = 3, wrongAt: "first" | "last" = "last"): Param {
  const right = (random: Random): unknown[] =>
    Array.from({ length: random.between(1, most) }, () => element.right(random));
  const wrong = (random: Random): unknown => {
    const kind = random.below(4);
    if (kind === 0) return pick(random, [...never, ...notAList])(random);
    const all = right(random);
    if (kind === 1)
      all.length += 1; // a hole at its end
    else all.push(element.wrong(random) ?? null);
    return wrongAt === "first" ? all.reverse() : all;
  };
  return { right, wrong };
}

/** A signal that fires at some time, or never. */
export const signal = (make: (random: Random) => unknown): Param => ({
  right: make,
  wrong: wrongOf(never, notAnObject, [
    () => ({}),
    () => new AbortController(),
    () => ({ aborted: false }),
    () => ({ aborted: false, addEventListener: () => undefined }),
  ]),
});
