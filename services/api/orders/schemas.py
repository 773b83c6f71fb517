"""What /v1/orders takes and answers."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.api.records import LARGEST_ID, Code, Content, Line, Prose
from services.api.schemas import DivisionRef

Kind = Literal["order", "reminder_letter", "site_inspection"]
State = Literal["issued", "replied", "returned", "closed", "withdrawn"]


class NewAbout(Content):
    """What an order is about, as far as the center has it: a card, a key task by id or text, a metric."""

    card: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None
    key_task: Line | None = None
    metric: Line | None = None


class NewOrder(Content):
    """An order to be issued; without `issuer` it is the division of the key."""

    kind: Kind
    issuer: Code | None = None
    addressee: Code
    subject: Line
    text: Prose
    about: NewAbout = NewAbout()
    due_on: date


class Replied(Content):
    """The addressee answers."""

    event: Literal["replied"]
    text: Prose


class Returned(Content):
    """The reply does not do, for this reason; another is due."""

    event: Literal["returned"]
    text: Prose
    due_on: date


class Closed(Content):
    """The matter is settled."""

    event: Literal["closed"]
    text: Prose | None = None


class Withdrawn(Content):
    """The order is taken back, for this reason."""

    event: Literal["withdrawn"]
    text: Prose


Step = Annotated[Replied | Returned | Closed | Withdrawn, Field(discriminator="event")]


@dataclass(frozen=True, slots=True)
class About:
    """What an order is about; null is not said."""

    card: int | None
    key_task: str | None
    metric: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """An order. `in_time` says whether every reply came by its day, null before the first.

    `days_left` counts to `due_on` while a reply is awaited, and is negative when it is `overdue`; else null.
    `repeats` is the order before it to the same addressee about the same, at most 180 days earlier.
    """

    id: int
    kind: Kind
    issuer: DivisionRef
    addressee: DivisionRef
    subject: str
    text: str
    about: About
    issued_at: str
    due_on: str
    state: State
    replied_at: str | None
    in_time: bool | None
    overdue: bool
    days_left: int | None
    repeats: int | None
    url: str


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One step in the life of an order, taken in the name of `by`; `due_on` is the day that held after it."""

    event: State
    at: str
    by: DivisionRef
    text: str | None
    due_on: str
    in_time: bool | None


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """Orders at or below a division: those that await a reply, the overdue among them, and those to be decided."""

    awaiting: int
    overdue: int
    to_decide: int


@dataclass(frozen=True, slots=True)
class OrdersAnswer:
    """A page of orders: those that await a reply, those to be decided, those that are over; due soonest first."""

    counts: OrderCounts
    orders: list[Order]
    next: str | None


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """One order with its life so far, the first step first."""

    order: Order
    events: list[OrderEvent]
