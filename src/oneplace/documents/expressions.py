"""The one grammar in which documents state conditions on features; it is closed, and what it cannot
say is a feature.

In: text such as `age >= 65 and (frailty > 0.24 or care_home) and bmi is not missing`. Out: a typed
tree that can be checked against the declared features, printed back, written as SQL and worked out
for one person in Python.

    or, and, not      joins; a missing part is neither true nor false, as in SQL
    = != < <= > >=    comparisons of like with like; text and true or false only know = and !=
    between A and B   both ends included
    in (A, B)         one of the values written, also `not in`
    is missing        also `is not missing`
    + - * /           numbers only; dividing by nought is missing
    values            12, 0.36, 'text', 2019-04-01, true, false, and names of features

Arithmetic is done in double precision in every engine and in Python, so that all of them agree.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator

from oneplace.faults import Fault

Kind = Literal["number", "text", "date", "boolean"]
Value = float | int | str | date | bool | None

KEYWORDS = ("or", "and", "not", "between", "in", "is", "missing", "true", "false")
COMPARISONS = ("=", "!=", "<=", ">=", "<", ">")


class ExpressionError(ValueError):
    """The text is no expression, or does not fit the features. `position` counts characters from
    1."""

    def __init__(self, message: str, position: int, *, expected: str | None = None):
        self.message, self.position, self.expected = message, position, expected
        tail = f"; expected {expected}" if expected else ""
        super().__init__(f"at character {position}: {message}{tail}")

    def fault(self, *, file: str, line: int | None = None, path: str | None = None) -> Fault:
        what = f"the condition is wrong at character {self.position}"
        return Fault(
            what=what, file=file, line=line, path=path, found=self.message, expected=self.expected
        )


@dataclass(frozen=True)
class Node:
    """A part of an expression; `at` is where it stands in the text and does not count when trees
    are compared."""

    def names(self) -> tuple[str, ...]:
        """The features it speaks of, in order of first mention."""
        return tuple(dict.fromkeys(n.name for n in _walk(self) if isinstance(n, Name)))

    def check(self, known: Mapping[str, Kind]) -> Kind:
        """The kind of its value; ExpressionError when a name is unknown or a part does not fit."""
        return _check(self, known)

    def to_sql(self, column: Callable[[str], str] | None = None) -> str:
        """SQL in DuckDB's dialect; `column` turns a feature's name into a column (default:
        quoted)."""
        return _sql(self, column or quoted)

    def evaluate(self, row: Mapping[str, Value]) -> Value:
        """The value for one person; None stands for missing."""
        return _evaluate(self, row)

    def __str__(self) -> str:
        return _text(self, 0)


@dataclass(frozen=True)
class Constant(Node):
    value: float | int | str | date | bool
    at: int = 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and (type(self.value), self.value) == (
            type(other.value),
            other.value,
        )

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))

    __str__ = Node.__str__


@dataclass(frozen=True)
class Name(Node):
    name: str
    at: int = 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    __str__ = Node.__str__


@dataclass(frozen=True)
class Not(Node):
    part: Node
    __str__ = Node.__str__


@dataclass(frozen=True)
class Join(Node):
    """`and` or `or` over two or more parts."""

    word: Literal["and", "or"]
    parts: tuple[Node, ...]
    __str__ = Node.__str__


@dataclass(frozen=True)
class Compare(Node):
    sign: str
    left: Node
    right: Node
    __str__ = Node.__str__


@dataclass(frozen=True)
class InRange(Node):
    part: Node
    low: Node
    high: Node
    __str__ = Node.__str__


@dataclass(frozen=True)
class In(Node):
    part: Node
    values: tuple[Constant, ...]
    negated: bool = False
    __str__ = Node.__str__


@dataclass(frozen=True)
class IsMissing(Node):
    part: Node
    negated: bool = False
    __str__ = Node.__str__


@dataclass(frozen=True)
class Arithmetic(Node):
    sign: Literal["+", "-", "*", "/"]
    left: Node
    right: Node
    __str__ = Node.__str__


@dataclass(frozen=True)
class Minus(Node):
    part: Node
    __str__ = Node.__str__


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Node:
    """Read an expression; ExpressionError says at which character it goes wrong and what could
    stand there."""
    return _Parser(text).whole()


def is_expression(text: str) -> str:
    """For documents: leaves the text as it is, refuses what cannot be read."""
    parse_expression(text)
    return text


Condition = Annotated[str, AfterValidator(is_expression)]
"""A field of a document that holds an expression, kept as the text that was written."""


def check_condition(text: str, known: Mapping[str, Kind], *, wants: Kind = "boolean") -> None:
    """Raise ExpressionError unless the text is an expression over known features whose value is of
    the kind wanted."""
    found = parse_expression(text).check(known)
    if found != wants:
        words = {
            "boolean": "something true or false",
            "number": "a number",
            "text": "a text",
            "date": "a date",
        }
        raise ExpressionError(f"the whole is {words[found]}", 1, expected=words[wants])


def near(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """Names like it, for a message; all of them when they are few."""
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    if close:
        return "perhaps " + " or ".join(close)
    return "one of: " + ", ".join(sorted(known)) if len(known) <= 12 else "a declared feature"


# --- reading -------------------------------------------------------------------------------------------------------
TOKEN = re.compile(
    r"""\s*(?:
      (?P<date>\d{4}-\d{2}-\d{2})(?![\w.])
    | (?P<number>\d+(?:\.\d+)?)(?![\w.])
    | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign><=|>=|!=|[=<>+\-*/(),])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while text[place:].strip():
        match = TOKEN.match(text, place)
        if match is None:
            bad = place + len(text[place:]) - len(text[place:].lstrip())
            raise ExpressionError(
                f"{text[bad : bad + 12]!r} cannot be read",
                bad + 1,
                expected="a name, value or sign",
            )
        kind = match.lastgroup or ""
        yield Token(kind, match[kind], match.start(kind) + 1)
        place = match.end()
    yield Token("end", "the end", len(text.rstrip()) + 1)


class _Parser:
    """Recursive descent, one method for each level of binding, loosest first."""

    def __init__(self, text: str):
        self.tokens = list(_tokens(text))
        self.here = 0

    def whole(self) -> Node:
        node = self.either()
        if self.token.kind != "end":
            raise self.wrong("and, or, a comparison or the end")
        return node

    @property
    def token(self) -> Token:
        return self.tokens[self.here]

    def wrong(self, expected: str) -> ExpressionError:
        found = self.token.text if self.token.kind == "end" else repr(self.token.text)
        return ExpressionError(f"{found} cannot stand here", self.token.at, expected=expected)

    def takes(self, *words: str) -> str | None:
        """Step over one of these words or signs and say which; None when something else stands
        here."""
        if self.token.kind in ("word", "sign") and self.token.text in words:
            self.here += 1
            return self.tokens[self.here - 1].text
        return None

    def must(self, word: str) -> None:
        if self.takes(word) is None:
            raise self.wrong(repr(word))

    def either(self) -> Node:
        return self.joined("or", lambda: self.joined("and", self.negation))

    def joined(self, word: Literal["and", "or"], part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self.takes(word):
            parts.append(part())
        return Join(word, tuple(parts)) if len(parts) > 1 else parts[0]

    def negation(self) -> Node:
        return Not(self.negation()) if self.takes("not") else self.comparison()

    def comparison(self) -> Node:
        left = self.sum()
        if sign := self.takes(*COMPARISONS):
            return Compare(sign, left, self.sum())
        if self.takes("between"):
            low = self.sum()
            self.must("and")
            return InRange(left, low, self.sum())
        if self.takes("is"):
            negated = self.takes("not") is not None
            self.must("missing")
            return IsMissing(left, negated)
        if self.takes("in"):
            return In(left, self.values())
        if self.takes("not"):
            self.must("in")
            return In(left, self.values(), negated=True)
        return left

    def values(self) -> tuple[Constant, ...]:
        self.must("(")
        found = [self.literal()]
        while self.takes(","):
            found.append(self.literal())
        self.must(")")
        return tuple(found)

    def literal(self) -> Constant:
        negative = self.takes("-") is not None
        value = self.atom()
        if isinstance(value, Constant) and not negative:
            return value
        if (
            isinstance(value, Constant)
            and isinstance(value.value, int | float)
            and not isinstance(value.value, bool)
        ):
            return Constant(-value.value, value.at)
        self.here -= 1
        raise self.wrong("a value: a number, 'text', a date, true or false")

    def sum(self) -> Node:
        node = self.product()
        while sign := self.takes("+", "-"):
            node = Arithmetic("+" if sign == "+" else "-", node, self.product())
        return node

    def product(self) -> Node:
        node = self.factor()
        while sign := self.takes("*", "/"):
            node = Arithmetic("*" if sign == "*" else "/", node, self.factor())
        return node

    def factor(self) -> Node:
        return Minus(self.factor()) if self.takes("-") else self.atom()

    def atom(self) -> Node:
        token = self.token
        if self.takes("("):
            node = self.either()
            self.must(")")
            return node
        if token.kind in ("end", "sign") or (
            token.text in KEYWORDS and token.text not in ("true", "false")
        ):
            raise self.wrong("a name, a value or an opening parenthesis")
        self.here += 1
        if token.kind == "number":
            return Constant(float(token.text) if "." in token.text else int(token.text), token.at)
        if token.kind == "text":
            quote = token.text[0]
            return Constant(token.text[1:-1].replace(quote * 2, quote), token.at)
        if token.kind == "date":
            return _date(token)
        return (
            Constant(token.text == "true", token.at)
            if token.text in KEYWORDS
            else Name(token.text, token.at)
        )


def _date(token: Token) -> Constant:
    try:
        return Constant(date.fromisoformat(token.text), token.at)
    except ValueError:
        raise ExpressionError(
            f"{token.text} is not a day", token.at, expected="a date as 2019-04-01"
        ) from None


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for part in _parts(node):
        yield from _walk(part)


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Not(part) | IsMissing(part) | Minus(part):
            return (part,)
        case Join(_, parts):
            return parts
        case Compare(_, left, right) | Arithmetic(_, left, right):
            return (left, right)
        case InRange(part, low, high):
            return (part, low, high)
        case In(part, values):
            return (part, *values)
    return ()


# --- kinds ---------------------------------------------------------------------------------------------------------
def kind_of(value: object) -> Kind:
    """The kind of a plain value (bool is asked first: to Python it is a number)."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "date" if isinstance(value, date) else "text"


def _at(node: Node) -> int:
    return next((n.at for n in _walk(node) if isinstance(n, Name | Constant)), 1)


def _check(node: Node, known: Mapping[str, Kind]) -> Kind:
    match node:
        case Constant(value):
            return kind_of(value)
        case Name(name, at):
            if name not in known:
                raise ExpressionError(
                    f"no feature is called {name!r}", at, expected=near(name, known)
                )
            return known[name]
        case Not(part):
            return _want(part, "boolean", known)
        case Join(_, parts):
            for part in parts:
                _want(part, "boolean", known)
        case IsMissing(part):
            _check(part, known)
        case Compare(sign, left, right):
            _comparable(left, right, known, ordered=sign not in ("=", "!="))
        case InRange(part, low, high):
            _comparable(part, low, known, ordered=True)
            _comparable(part, high, known, ordered=True)
        case In(part, values):
            for listed in values:
                _comparable(part, listed, known, ordered=False)
        case Minus(part):
            return _want(part, "number", known)
        case Arithmetic(_, left, right):
            _want(left, "number", known)
            return _want(right, "number", known)
    return "boolean"


def _want(node: Node, kind: Kind, known: Mapping[str, Kind]) -> Kind:
    found = _check(node, known)
    if found != kind:
        words = {"boolean": "true or false", "number": "a number", "text": "text", "date": "a date"}
        raise ExpressionError(f"{node} is {words[found]}", _at(node), expected=words[kind])
    return kind


def _comparable(left: Node, right: Node, known: Mapping[str, Kind], *, ordered: bool) -> None:
    kind = _check(left, known)
    if ordered and kind not in ("number", "date"):
        raise ExpressionError(f"{left} has no order", _at(left), expected="a number or a date")
    _want(right, kind, known)


# --- writing -------------------------------------------------------------------------------------------------------
# How tightly each binds, so that only needed parentheses are written: or 1, and 2, not 3,
# comparisons 4, sums 5, products 6, minus 7, atoms 8.
def _text(node: Node, outer: int) -> str:
    match node:
        case Constant(value):
            return _literal_text(value)
        case Name(name):
            return name
        case Not(part):
            level, text = 3, f"not {_text(part, 3)}"
        case Join(word, parts):
            level = 1 if word == "or" else 2
            text = f" {word} ".join(_text(p, level + 1) for p in parts)
        case Compare(sign, left, right):
            level, text = 4, f"{_text(left, 5)} {sign} {_text(right, 5)}"
        case InRange(part, low, high):
            level, text = 4, f"{_text(part, 5)} between {_text(low, 5)} and {_text(high, 5)}"
        case In(part, values, negated):
            listed = ", ".join(_literal_text(v.value) for v in values)
            level, text = 4, f"{_text(part, 5)} {'not ' if negated else ''}in ({listed})"
        case IsMissing(part, negated):
            level, text = 4, f"{_text(part, 5)} is {'not ' if negated else ''}missing"
        case Arithmetic(sign, left, right):
            level = 5 if sign in "+-" else 6
            text = f"{_text(left, level)} {sign} {_text(right, level + 1)}"
        case Minus(part):
            level, text = 7, f"-{_text(part, 7)}"
        case _:
            raise TypeError(f"not part of an expression: {node!r}")
    return f"({text})" if level < outer else text


def _literal_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, float):
        digits = format(Decimal(repr(value)), "f")
        return digits if "." in digits else digits + ".0"
    return str(value)


def sql_literal(value: object) -> str:
    """A value as SQL; numbers that are not whole are doubles, so that no engine makes decimals of
    them."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, float):
        return f"CAST({value!r} AS DOUBLE)"
    return _literal_text(value)


def _sql(node: Node, column: Callable[[str], str]) -> str:
    match node:
        case Constant(value):
            return sql_literal(value)
        case Name(name):
            return column(name)
        case Not(part):
            return f"(NOT {_sql(part, column)})"
        case Join(word, parts):
            return "(" + f" {word.upper()} ".join(_sql(p, column) for p in parts) + ")"
        case Compare(sign, left, right):
            return f"({_sql(left, column)} {'<>' if sign == '!=' else sign} {_sql(right, column)})"
        case InRange(part, low, high):
            return f"({_sql(part, column)} BETWEEN {_sql(low, column)} AND {_sql(high, column)})"
        case In(part, values, negated):
            listed = ", ".join(sql_literal(v.value) for v in values)
            return f"({_sql(part, column)} {'NOT ' if negated else ''}IN ({listed}))"
        case IsMissing(part, negated):
            return f"({_sql(part, column)} IS {'NOT ' if negated else ''}NULL)"
        case Minus(part):
            return f"(-CAST({_sql(part, column)} AS DOUBLE))"
        case Arithmetic(sign, left, right):
            return _sql_arithmetic(sign, _sql(left, column), _sql(right, column))
    raise TypeError(f"not part of an expression: {node!r}")


def _sql_arithmetic(sign: str, left: str, right: str) -> str:
    if sign == "/":
        return f"(CAST({left} AS DOUBLE) / NULLIF(CAST({right} AS DOUBLE), 0))"
    return f"(CAST({left} AS DOUBLE) {sign} CAST({right} AS DOUBLE))"


# --- the Python twin -----------------------------------------------------------------------------------------------
def _evaluate(node: Node, row: Mapping[str, Value]) -> Value:
    match node:
        case Constant(value):
            return value
        case Name(name):
            return row[name]
        case Not(part):
            truth = _evaluate(part, row)
            return None if truth is None else not truth
        case Join(word, parts):
            return _joined(word, [_evaluate(p, row) for p in parts])
        case IsMissing(part, negated):
            return (_evaluate(part, row) is None) != negated
        case Compare(sign, left, right):
            return _compared(sign, _evaluate(left, row), _evaluate(right, row))
        case InRange(part, low, high):
            found = _evaluate(part, row)
            ends = (
                _compared(">=", found, _evaluate(low, row)),
                _compared("<=", found, _evaluate(high, row)),
            )
            return _joined("and", list(ends))
        case In(part, values, negated):
            found = _evaluate(part, row)
            return None if found is None else any(found == v.value for v in values) != negated
        case Minus(part):
            number = _evaluate(part, row)
            return None if number is None else -float(number)  # type: ignore[arg-type]
        case Arithmetic(sign, left, right):
            return _worked_out(sign, _evaluate(left, row), _evaluate(right, row))
    raise TypeError(f"not part of an expression: {node!r}")


def _joined(word: str, truths: list[Value]) -> bool | None:
    decisive = word == "or"
    if any(t is decisive for t in truths):
        return decisive
    return None if any(t is None for t in truths) else not decisive


def _compared(sign: str, left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    match sign:
        case "=":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right  # type: ignore[operator]
        case "<=":
            return left <= right  # type: ignore[operator]
        case ">":
            return left > right  # type: ignore[operator]
    return left >= right  # type: ignore[operator]


def _worked_out(sign: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    a, b = float(left), float(right)  # type: ignore[arg-type]
    if sign == "/":
        return None if b == 0 else a / b
    return a + b if sign == "+" else a - b if sign == "-" else a * b
