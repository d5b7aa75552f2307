"""Class graphs with the order that Python gives them, which is the C3 linearization, for linearize.test.ts.

    python3 python-orders.py > python-orders.json

The same graphs each time. One line is one graph: `D(BC)=DBCA` is a class D with the bases B and C, in this order, and its method
resolution order; `E(CBD)!` is one that Python refuses. Nothing inherits from a class that was refused.
"""

import json
import random
import string

GRAPHS = 400
SEED = 1996


def any_bases(rng, names):
    """Any bases in any order: often refused."""
    return rng.sample(names, rng.randint(0, min(4, len(names))))


def newest_first(rng, names):
    """Bases in an order that all classes agree on: never refused."""
    return sorted(any_bases(rng, names), reverse=True)


def nearly_agreed(rng, names):
    """Such bases, of which sometimes two are turned round."""
    bases = newest_first(rng, names)
    if len(bases) > 1 and rng.random() < 0.5:
        at = rng.randrange(len(bases) - 1)
        bases[at], bases[at + 1] = bases[at + 1], bases[at]
    return bases


def deep(rng, names):
    """The newest class and some of those that stand far above it, which now and then it wants first."""
    far = sorted(rng.sample(names[:-1], min(rng.randint(0, 2), len(names[:-1]))), reverse=True)
    return names[-1:] + far if rng.random() < 0.9 else far + names[-1:]


def diamonds(width):
    def bases(rng, names):
        """Most of the layer above; now and then in another order."""
        above = names[len(names) // width * width - width : len(names) // width * width]
        chosen = [name for name in above if rng.random() < 0.85]
        return chosen if rng.random() < 0.7 else rng.sample(chosen, len(chosen))

    return bases


SHAPES = [any_bases, newest_first, nearly_agreed, deep, diamonds(2), diamonds(3)]


def graph(rng, shape):
    classes = {}
    lines = []
    for name in string.ascii_uppercase[: rng.randint(2, 12)]:
        bases = shape(rng, list(classes))
        try:
            made = type(name, tuple(classes[base] for base in bases), {})
        except TypeError:
            lines.append(f"{name}({''.join(bases)})!")
            continue
        classes[name] = made
        order = "".join(one.__name__ for one in made.__mro__ if one is not object)
        lines.append(f"{name}({''.join(bases)})={order}")
    return " ".join(lines)


def graphs():
    rng = random.Random(SEED)
    found = {}
    while len(found) < GRAPHS:
        found.setdefault(graph(rng, SHAPES[len(found) % len(SHAPES)]), None)
    return list(found)


print(json.dumps(graphs(), indent=2))
